# A double of bsd.kmod.mk and sys/conf/kmod.mk: sources are found with .PATH,
# headers below SYSDIR and nowhere else. Instead of an object it writes what the
# preprocessor made of the sources, so that a test can read which headers were used.

.if !defined(KMOD) || !defined(SRCS)
.error KMOD and SRCS are needed
.endif
.if !exists(${SYSDIR}/kern/) || !exists(${SYSDIR}/conf/kmod.mk)
.error can't find kernel source tree
.endif

CFLAGS+=	-D_KERNEL -DKLD_MODULE -nostdinc -I. -I${SYSDIR} ${CONF_CFLAGS}

all: ${KMOD}.ko

# Generated headers of the real build.
GENERATED=	${SRCS:M*_if.h}
.for header in ${GENERATED}
${header}: ${SYSDIR}/kern/vnode_if.src
	: > ${.TARGET}
.endfor

${KMOD}.ko: ${SRCS:M*.c} ${GENERATED}
	${CC} -E -P ${CFLAGS} ${.ALLSRC:M*.c} > ${.TARGET}
