import type { Program } from '../command-line/command.ts';
import { chattr } from './chattr.ts';
import { mount } from './mount.ts';
import { systemctl } from './systemctl/systemctl.ts';
import { systemdTmpfiles } from './systemd-tmpfiles.ts';
import { updateCaTrust } from './update-ca-trust.ts';

/** The Linux commands that podman runs over SSH, by the name that the agent is called by. */
export const shims: readonly Program[] = [mount, chattr, systemctl, systemdTmpfiles, updateCaTrust];
