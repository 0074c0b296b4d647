/**
 * What podbsd calls its things in Poudriere. Letters and digits only satisfies the rules of every Poudriere command,
 * and with an etc directory and a dataset of their own they cannot meet anybody else's.
 */
export const jailName = 'podbsd';
export const portsName = 'podbsdports';
export const overlayName = 'podbsdoverlay';
/** Poudriere's own name for the combination; packages and logs lie in folders of this name. */
export const masterName = `${jailName}-${portsName}`;
/** Name of the image, which is also the name of the snapshot that Poudriere leaves in it. */
export const imageName = 'podbsd';
