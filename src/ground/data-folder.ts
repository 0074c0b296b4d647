import { join } from 'node:path';
import { dataHome, home, type Environment } from './xdg.ts';

/** Where podbsd keeps persistent data: the XDG data folder; on macOS Apple's, unless XDG's variable is set. */
export function dataFolder(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const ofApple = platform === 'darwin' && (env['XDG_DATA_HOME'] ?? '') === '';
  return join(ofApple ? join(home(env), 'Library', 'Application Support') : dataHome(env), 'podbsd');
}
