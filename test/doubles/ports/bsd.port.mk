# A double of the part of FreeBSD's ports framework that a port without distfiles
# uses: the phases from extract to stage, with the names and the order of
# Mk/bsd.port.mk. It knows nothing else and stops where the real one would.
#
#	bmake -m test/doubles/ports -C PORT SRC_BASE=... WRKDIRPREFIX=... stage

.if exists(${.CURDIR}/Makefile.local)
.include "${.CURDIR}/Makefile.local"
.endif

.for needed in PORTNAME DISTVERSION CATEGORIES MAINTAINER COMMENT LICENSE SRC_BASE WRKDIRPREFIX
.if empty(${needed})
.error ${needed} is not set
.endif
.endfor
.for folder in SRC_BASE WRKDIRPREFIX
.if empty(${folder}:M/*)
.error ${folder} is not absolute: ${${folder}}
.endif
.endfor
.if !empty(DISTVERSION:C/^[0-9][0-9a-z.]*$//)
.error DISTVERSION is not a version: ${DISTVERSION}
.endif

PORTREVISION?=	0
PKGVERSION=	${DISTVERSION}${PORTREVISION:N0:C/^./_&/}
PKGNAME=	${PORTNAME}${PKGNAMESUFFIX}-${PKGVERSION}

WRKDIR=		${WRKDIRPREFIX}/work
STAGEDIR=	${WRKDIR}/stage
FILESDIR=	${.CURDIR}/files
PLIST=		${.CURDIR}/pkg-plist
TMPPLIST=	${WRKDIR}/.PLIST.mktmp
PREFIX=		/usr/local
ALL_TARGET=	all
COPY=		-c
BINMODE=	555
_SHAREMODE=	0644

# bsd.commands.mk
CAT=		/bin/cat
CP=		/bin/cp
ECHO_CMD=	echo
LN=		/bin/ln
MKDIR=		/bin/mkdir -p
RM=		/bin/rm -f
SED=		/usr/bin/sed
SETENV=		/usr/bin/env
SH=		/bin/sh
INSTALL=	/usr/bin/install
INSTALL_KLD=	${INSTALL} ${COPY} -m ${BINMODE}
INSTALL_DATA=	${INSTALL} ${COPY} -m ${_SHAREMODE}

# The flags that poudriere's make.conf has, too: a module must not lose them.
CFLAGS?=	-O2 -pipe
MAKE_ENV+=	PREFIX=${PREFIX} CFLAGS="${CFLAGS}"
MAKE_FLAGS=	-f
MAKEFILE=	Makefile
_DOUBLES:=	${.PARSEDIR}
MAKE_CMD=	${MAKE} -m ${_DOUBLES}
DO_MAKE_BUILD=	${SETENV} -u MAKEFLAGS ${MAKE_ENV} ${MAKE_CMD} ${MAKE_FLAGS} ${MAKEFILE} ${MAKE_ARGS}

.for uses in ${USES}
.if !exists(${.PARSEDIR}/Uses/${uses}.mk)
.error USES=${uses} is not known here
.endif
.include "Uses/${uses}.mk"
.endfor

.MAIN: stage
.PHONY: stage ignore make-stage generate-plist check-plist

ignore:
.if defined(IGNORE)
	@echo "===>  ${PKGNAME} ${IGNORE}." >&2; exit 1
.endif
	@if [ -e ${WRKDIR} ]; then echo "${WRKDIR} is left from another build" >&2; exit 1; fi
	@${MKDIR} ${WRKDIR}

# Each phase runs pre-, do- and post- targets of the port, those that it has.
.for phase in extract patch build install
.for part in pre do post
.if !target(${part}-${phase})
${part}-${phase}:
.endif
.PHONY: ${part}-${phase}
.endfor
.endfor

.ORDER: ignore pre-extract do-extract post-extract pre-patch do-patch post-patch pre-build do-build \
	post-build make-stage ${_USES_install} pre-install do-install post-install generate-plist check-plist

make-stage:
	@${MKDIR} ${STAGEDIR}

# Every file that is staged is in the package list, and the other way round.
generate-plist:
	@${SED} ${PLIST_SUB:C,^([A-Z0-9_]+)=(.*)$,-e 's|%%\1%%|\2|g',} ${PLIST} > ${TMPPLIST}

check-plist:
	@cd ${STAGEDIR} && find . ! -type d | ${SED} 's,^\.,,' | sort > ${WRKDIR}/.staged
	@sort ${TMPPLIST} | diff - ${WRKDIR}/.staged

stage: ignore pre-extract do-extract post-extract pre-patch do-patch post-patch pre-build do-build \
	post-build make-stage ${_USES_install} pre-install do-install post-install generate-plist check-plist
