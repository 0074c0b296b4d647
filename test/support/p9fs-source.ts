import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A made-up kernel source with the lines of p9fs that podbsd changes, and around them lines that look like them. Written
 * for the tests: none of it is FreeBSD's, but the lines that the change is about read as in FreeBSD 14.4, 15.0 and 15.1.
 */
const files: Readonly<Record<string, string>> = {
  Makefile: '',
  'conf/kmod.mk': '',
  'kern/vnode_if.src': '',
  'fs/tmpfs/tmpfs.h': '',
  'dev/virtio/virtio.h': '#define VIRTIO 1\n',
  'fs/p9fs/p9_client.h': `/* P9FS_MTU is the size of a buffer. */
#define P9FS_MTU 8192
#define P9FS_IOUNIT (P9FS_MTU - 24)
`,
  'fs/p9fs/p9_client.c': `#include <fs/p9fs/p9_client.h>
char buffer[P9FS_MTU];
\tclnt->msize = 8192;
\tif (msize < c->msize)
\t\tc->msize = msize;
\tDEBUG("msize %d", clnt->msize);

/* p9_buffer_alloc() is where messages come from. */
static struct p9_buffer *
p9_buffer_alloc(int alloc_msize)
{
\tstruct p9_buffer *fc;

\tfc = uma_zalloc(p9fs_buf_zone, M_WAITOK | M_ZERO);
\tfc->capacity = alloc_msize;
\tfc->offset = 0;
\tfc->size = 0;
\tfc->sdata = (char *)fc + sizeof(struct p9_buffer);

\treturn (fc);
}

\treq = uma_zalloc(p9fs_req_zone, M_WAITOK | M_ZERO);
\treq->tc = p9_buffer_alloc(P9FS_MTU);
`,
  'fs/p9fs/p9fs_vfsops.c': `#include <fs/p9fs/p9_client.h>
#ifdef KLD_TIED
tied
#endif
MODULE_VERSION(p9fs, 1);
`,
  'dev/virtio/p9fs/virtio_p9fs.c': `#include <fs/p9fs/p9_client.h>
#include <dev/virtio/virtio.h>
#define MAX_SUPPORTED_SGS 20
\tchan->max_nsegs = MAX_SUPPORTED_SGS;
\tVT9P_LOCK(chan);
\tsglist_reset(sg);
\terror = sglist_append(sg);
req_retry:
\terror = virtqueue_enqueue(sg);
\t\tgoto req_retry;
MODULE_VERSION(virtio_p9fs, 1);
MODULE_DEPEND(virtio_p9fs, virtio, 1, 1, 1);
MODULE_DEPEND(virtio_p9fs, p9fs, 1, 1, 1);
`,
  'modules/p9fs/Makefile': `.PATH: \${SRCTOP}/sys/fs/p9fs
KMOD=\tp9fs
SRCS=\tvnode_if.h p9_client.c p9fs_vfsops.c
.include <bsd.kmod.mk>
`,
  'modules/virtio/Makefile': 'SUBDIR=\tp9fs\n',
  'modules/virtio/p9fs/Makefile': `.PATH: \${SRCTOP}/sys/dev/virtio/p9fs
KMOD=\tvirtio_p9fs
SRCS=\tvirtio_p9fs.c
SRCS+=\tbus_if.h
.include <bsd.kmod.mk>
`,
};

/** Writes the made-up source to `folder`/sys. */
export async function writeP9fsSource(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'sys', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Replaces text in one file of the source; throws when it is not there, so that no test changes nothing. */
export async function changeSource(folder: string, path: string, from: string, to: string): Promise<void> {
  const file = join(folder, 'sys', path);
  const text = await readFile(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  await writeFile(file, text.replace(from, to));
}

/** Every file below a folder with its text. */
export async function readTree(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    found.sort().map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}
