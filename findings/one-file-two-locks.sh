#!/bin/sh
# Two processes hold an exclusive lock of one file at the same time where the file has two names (a hard link) on bindfs: the kernel
# keeps locks for each inode in its memory, and a file system in user space that is known by paths has one there for each name. Nothing
# shows it: both names have the same device and the same number, and `test -ef` says that they are one file. Both kinds of locks, fcntl and
# flock, are concerned. In the folder below bindfs the second lock is refused.
#
# Seen with bindfs 1.14.7 (Debian 12) and Linux 6.18:
#
#   below: one file, the other name's fcntl lock is refused, flock is refused
#   bindfs: one file, the other name's fcntl lock is taken, flock is taken
#
# Needs root on Linux, /dev/fuse, bindfs and perl. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
[ "$(id -u)" = 0 ] && command -v bindfs >/dev/null && command -v perl >/dev/null || { echo "needs root, bindfs and perl"; exit 2; }
tmp=$(mktemp -d)
trap 'umount "$tmp/disk" 2>/dev/null || true; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

cat > "$tmp/locks.pl" <<'PERL'
use strict;
use Fcntl qw(:flock F_SETLK F_WRLCK SEEK_SET);
my ($folder) = @ARGV;

sub both {
  my ($name) = @_;
  open(my $file, "+<", $name) or die;
  my $whole = pack("s s x![q] q q i", F_WRLCK, SEEK_SET, 0, 0, 0);
  return ($file, fcntl($file, F_SETLK, $whole), flock($file, LOCK_EX | LOCK_NB));
}

my @a = stat("$folder/a");
my @b = stat("$folder/b");
my ($file, $fcntl, $flock) = both("$folder/a");
die "the first lock is refused" unless $fcntl && $flock;
$| = 1;
if (fork() == 0) {
  my ($other, $fcntl, $flock) = both("$folder/b");
  printf "%s, the other name's fcntl lock is %s, flock is %s\n", "@a[0, 1]" eq "@b[0, 1]" ? "one file" : "two files",
    $fcntl ? "taken" : "refused", $flock ? "taken" : "refused";
  exit;
}
wait;
PERL
mkdir "$tmp/below" "$tmp/disk"
echo a > "$tmp/below/a"
ln "$tmp/below/a" "$tmp/below/b"
bindfs "$tmp/below" "$tmp/disk" >/dev/null 2>&1 || { echo "bindfs can't mount here"; exit 2; }
below=$(perl "$tmp/locks.pl" "$tmp/below")
above=$(perl "$tmp/locks.pl" "$tmp/disk")
echo "below: $below"
echo "bindfs: $above"
[ "$below" = "one file, the other name's fcntl lock is refused, flock is refused" ] &&
  [ "$above" = "one file, the other name's fcntl lock is taken, flock is taken" ]
