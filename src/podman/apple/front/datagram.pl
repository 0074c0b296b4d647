#!/usr/bin/perl
# perl datagram.pl OWN-SOCKET GVPROXY-SOCKET QEMU ARGUMENTS...
#
# Opens the datagram socket that vfkit would open to gvproxy and becomes QEMU, which has it as descriptor 3. Node.js knows
# no such sockets, and QEMU opens one without buffers: macOS gives it 4 KiB, less than three frames, and gvproxy then
# tries again in a busy loop.
use strict;
use warnings;
use POSIX ();
use Socket;

my ($own, $gvproxy, @qemu) = @ARGV;

socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "cannot make a datagram socket: $!\n";
# gvproxy answers to the sender's path, so there has to be one.
unlink $own;
bind($socket, pack_sockaddr_un($own)) or die "cannot open $own: $!\n";
connect($socket, pack_sockaddr_un($gvproxy)) or die "cannot reach gvproxy at $gvproxy: $!\n";
# As vfkit has them. A host that gives less still works.
setsockopt($socket, SOL_SOCKET, SO_SNDBUF, pack('i', 1024 * 1024));
setsockopt($socket, SOL_SOCKET, SO_RCVBUF, pack('i', 4 * 1024 * 1024));
# gvproxy up to 0.8.7 ends when anything else comes first; later ones take it or leave it.
defined send($socket, 'VFKT', 0) or die "gvproxy does not take the greeting: $!\n";

# dup2 leaves out the mark that closes a descriptor at exec.
fileno($socket) == 3 or POSIX::dup2(fileno($socket), 3) or die "cannot hand the socket over: $!\n";
if (fileno($socket) == 3) {
    require Fcntl;
    fcntl($socket, Fcntl::F_SETFD(), 0) or die "cannot hand the socket over: $!\n";
}
exec { $qemu[0] } @qemu or die "cannot start $qemu[0]: $!\n";
