#!/usr/bin/perl
# The end of gvproxy that vfkit talks to, as strict as versions up to 0.8.7: the first datagram is exactly VFKT and comes
# from a path; everything else ends it. Each frame gets one back, sent to that path. What happens is written to -log-file.
use strict;
use warnings;
use Socket;
use IO::Handle;

my %given;
while (@ARGV) {
    my $option = shift @ARGV;
    $given{$option} = shift @ARGV;
}
my ($path) = ($given{'-listen-vfkit'} // '') =~ m{^unixgram://(/.+)$} or die "no -listen-vfkit\n";
# macOS binds where a link leads to, however long that path is.
my $link = readlink $path;
if (defined $link) {
    my ($folder, $name) = $link =~ m{^(.*)/([^/]+)$};
    chdir $folder or die "$folder: $!\n";
    $path = $name;
}
my $pid_file = $given{'-pid-file'};
open(my $log, '>', $given{'-log-file'}) or die "log: $!\n";
$log->autoflush(1);
open(my $pid, '>', $pid_file) or die "pid: $!\n";
print $pid "$$\n";
close $pid;

sub leave {
    my ($code, $why) = @_;
    print $log "$why\n";
    unlink $path, $pid_file;
    exit $code;
}
$SIG{TERM} = $SIG{INT} = sub { leave(0, 'ended') };

socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die;
unlink $path;
bind($socket, pack_sockaddr_un($path)) or die "bind $path: $!\n";
my ($peer, $frame);
while (1) {
    my $from = recv($socket, $frame, 65536, 0);
    next unless defined $from;
    if (!defined $peer) {
        my $name = length($from) > 2 ? unpack_sockaddr_un($from) : '';
        leave(1, 'vfkit socket address is empty') if $name eq '';
        leave(1, 'invalid magic from the vfkit process') if $frame ne 'VFKT';
        leave(1, "the path of the peer is too long: $name") if length($name) > 103;
        $peer = pack_sockaddr_un($name);
        print $log "greeted from $name\n";
        next;
    }
    leave(1, 'greeted twice') if $frame eq 'VFKT';
    print $log 'frame of ' . length($frame) . "\n";
    defined send($socket, $frame, 0, $peer) or leave(1, "cannot send: $!");
}
