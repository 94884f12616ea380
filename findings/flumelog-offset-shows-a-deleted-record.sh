#!/bin/sh
# A record of flumelog-offset that lies in several blocks is still handed out after it was deleted, most of it as it was, by `get` and by
# streams, until the process ends: the deletion writes zeros to the file, and then drops the first of the record's blocks from the cache, not
# the others. What is then read, zeros and after them the old data, is not taken for deleted, since not all of it is zero.
#
# Seen with flumelog-offset 3.4.4, aligned-block-file 1.2.2 and Node.js 20.20, a record of 200 letters in blocks of 64 bytes:
#
#   after del: get gives a record with 159 of the 200 letters, a stream of 3 records has 3; the file has 0 of the letters
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts flumelog-offset@3.4.4 aligned-block-file@1.2.2 pull-stream@3.7.0 \
  >/dev/null 2>&1 || { echo "npm can't install flumelog-offset"; exit 2; }

cat > deleted.js <<'END'
const fs = require('fs')
const FlumeLog = require('flumelog-offset')
const pull = require('pull-stream')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const log = FlumeLog('a.log', { blockSize: 64, offsetCodec: 53 })
const letters = (bytes) => bytes.filter((byte) => byte === 'x'.charCodeAt(0)).length

async function main () {
  await promised((cb) => log.append(Buffer.from('one'), cb))
  const offset = await promised((cb) => log.append(Buffer.from('x'.repeat(200)), cb))
  await promised((cb) => log.append(Buffer.from('three'), cb))
  await promised((cb) => log.del(offset, cb))
  const found = await promised((cb) => log.get(offset, cb)).catch((err) => Buffer.from(err.code))
  const streamed = await promised((cb) => pull(log.stream({ seqs: false }), pull.collect(cb)))
  console.log(`after del: get gives a record with ${letters(found)} of the 200 letters, a stream of 3 records has ${streamed.length}; ` +
    `the file has ${letters(fs.readFileSync('a.log'))} of the letters`)
  process.exit()
}
main()
END
said=$(node deleted.js)
echo "$said"
[ "$said" = "after del: get gives a record with 159 of the 200 letters, a stream of 3 records has 3; the file has 0 of the letters" ]
