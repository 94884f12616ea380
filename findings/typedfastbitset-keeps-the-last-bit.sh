#!/bin/sh
# `removeRange` of typedfastbitset leaves the number in the set that belongs to the last bit of its memory, also when the range ends far
# behind it: the end of the range, which is not removed itself, is lowered to that bit instead of to the place behind it. A new set has room
# for 256 numbers, so 255 stays. jitdb, which takes an older version with the same code, cuts its indexes in this way when a log was compacted.
#
# Seen with typedfastbitset 0.8.0 and 0.2.1 and Node.js 20.20, 10 to 255 in a new set:
#
#   0.8.0: after removeRange(0, 1000) it has 255; without 255 it has nothing
#   0.2.1: after removeRange(0, 1000) it has 255; without 255 it has nothing
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts typedfastbitset@0.8.0 older@npm:typedfastbitset@0.2.1 \
  >/dev/null 2>&1 || { echo "npm can't install typedfastbitset"; exit 2; }

cat > range.js <<'END'
for (const [version, loaded] of [['0.8.0', require('typedfastbitset')], ['0.2.1', require('older')]]) {
  const Bits = loaded.TypedFastBitSet || loaded
  const left = (last) => {
    const bits = new Bits()
    for (let n = 10; n <= last; n++) bits.add(n)
    bits.removeRange(0, 1000)
    return bits.array().join() || 'nothing'
  }
  console.log(`${version}: after removeRange(0, 1000) it has ${left(255)}; without 255 it has ${left(254)}`)
}
END
said=$(node range.js)
echo "$said"
[ "$said" = "0.8.0: after removeRange(0, 1000) it has 255; without 255 it has nothing
0.2.1: after removeRange(0, 1000) it has 255; without 255 it has nothing" ]
