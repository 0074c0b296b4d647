/*
 * One QEMU firmware configuration device (fw_cfg), as QEMU's
 * docs/specs/fw_cfg.rst describes it.  Each backend is one file; exactly one
 * of them is compiled in.
 */
#ifndef PODBSD_FWCFG_DEVICE_H
#define PODBSD_FWCFG_DEVICE_H

#include <stdint.h>

/* Exit codes: those of sysexits(3) that fit, so that callers can tell the cases apart. */
enum fwcfg_exit {
	FWCFG_OK = 0,
	FWCFG_USAGE = 64,	/* EX_USAGE: wrong arguments */
	FWCFG_NO_ITEM = 66,	/* EX_NOINPUT: the device has no such item */
	FWCFG_NO_DEVICE = 69,	/* EX_UNAVAILABLE: this machine has no fw_cfg device */
	FWCFG_IO = 74,		/* EX_IOERR: reading or writing failed */
	FWCFG_REFUSED = 77	/* EX_NOPERM: not root, or the securelevel forbids it */
};

/* Opens the device; on failure ends the program with a message and one of the codes above. */
void	device_open(void);

/* Chooses an item.  Reading starts at its first byte again. */
void	device_select(uint16_t key);

/* The next byte of the chosen item; 0 past its end. */
uint8_t	device_read(void);

#endif
