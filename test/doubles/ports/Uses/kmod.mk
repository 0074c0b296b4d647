# Mk/Uses/kmod.mk without its debug files.
.if !exists(${SRC_BASE}/sys/Makefile)
IGNORE=	requires kernel source files in SRC_BASE=${SRC_BASE}
.endif

CATEGORIES+=	kld

KMODDIR?=	/boot/modules
PLIST_SUB+=	KMODDIR=${KMODDIR:C,^/,,}
MAKE_ENV+=	KMODDIR="${KMODDIR}" SYSDIR="${SRC_BASE}/sys" NO_XREF=yes

_USES_install=	kmod-dir
kmod-dir:
	@${MKDIR} ${STAGEDIR}${KMODDIR}
