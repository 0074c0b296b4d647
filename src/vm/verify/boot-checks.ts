import type { Check } from './check.ts';

/** QEMU starts, the guest reports. */
export const startChecks: readonly Check[] = [
  {
    id: 'start',
    title: 'QEMU starts the machine as podman does',
    needs: [],
    ownTime: true,
    run: async (guest) => {
      await guest.start();
      return guest.machine.spec.accelerator;
    },
  },
  {
    id: 'ready',
    title: 'the guest writes Ready to its port',
    needs: ['start'],
    ownTime: true,
    run: async (guest) => {
      await guest.running.ready;
      return undefined;
    },
  },
];

/** The power button. Last, because nothing can be checked afterwards. */
export const stopChecks: readonly Check[] = [
  {
    id: 'power-off',
    title: 'the power button shuts it down',
    needs: ['ready'],
    ownTime: true,
    run: async (guest) => {
      await guest.closeLogins();
      await guest.running.powerOff(guest.patience.powerOffMs);
      return undefined;
    },
  },
];
