/**
 * File in the helpers' lib/ that names the folders which podman searched before podbsd's became the first: what the user
 * has put there is still found. One line, as PATH is written, since the scripts read it, too.
 */
export const HELPER_FOLDERS = 'helper-folders';

export function folderListText(folders: readonly string[]): string {
  return `${folders.filter((folder) => !/[:\n]/.test(folder)).join(':')}\n`;
}

export function parseFolderList(text: string): string[] {
  return text.split(/[:\n]/).filter((folder) => folder !== '');
}
