/**
 * File in the helpers' lib/ that names the folders which podman searched before podbsd's came first, so that what the
 * user put there is still found. One line in the format of PATH, since the scripts read it as well.
 */
export const HELPER_FOLDERS = 'helper-folders';

export function folderListText(folders: readonly string[]): string {
  return `${folders.filter((folder) => !/[:\n]/.test(folder)).join(':')}\n`;
}

export function parseFolderList(text: string): string[] {
  return text.split(/[:\n]/).filter((folder) => folder !== '');
}
