/*
 * fw_cfg on FreeBSD/amd64: I/O ports, reached through io(4) without a driver.
 *
 * The ports must be accessed with exactly these widths: bhyve refuses others,
 * and the kernel splits a wider access at an odd port into single bytes.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <dev/io/iodev.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>

#include "device.h"

#define	PORT_SELECTOR	0x510
#define	PORT_DATA	0x511

static int io = -1;

static unsigned int
port_access(unsigned int access, unsigned int port, unsigned int width,
    unsigned int value)
{
	struct iodev_pio_req req = {
		.access = access, .port = port, .width = width, .val = value
	};

	if (ioctl(io, IODEV_PIO, &req) == -1)
		err(FWCFG_IO, "I/O port %#x", port);
	return (req.val);
}

void
device_open(void)
{

	io = open("/dev/io", O_RDWR | O_CLOEXEC);
	if (io != -1)
		return;
	if (errno == EPERM || errno == EACCES)
		err(FWCFG_REFUSED, "/dev/io (needs root and securelevel 0 or below)");
	err(errno == ENOENT ? FWCFG_NO_DEVICE : FWCFG_IO, "/dev/io");
}

void
device_select(uint16_t key)
{

	port_access(IODEV_PIO_WRITE, PORT_SELECTOR, 2, key);
}

uint8_t
device_read(void)
{

	return (port_access(IODEV_PIO_READ, PORT_DATA, 1, 0) & 0xff);
}
