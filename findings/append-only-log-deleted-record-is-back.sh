#!/bin/sh
# A deleted record of async-append-only-log is there again after the next append, in memory and on disk, where the log had been opened anew
# and the record lay in its last block: the deletion goes to a copy of that block that was read for it, the append to the one that
# was read at opening, and writes it whole. The deletion was called back and flushed before.
#
# Seen with async-append-only-log 4.3.10 and Node.js 20.20:
#
#   deleted: -,two,three; one more appended: one,two,three,four; opened again: one,two,three,four
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts async-append-only-log@4.3.10 \
  >/dev/null 2>&1 || { echo "npm can't install async-append-only-log"; exit 2; }

cat > deleted.js <<'END'
const Log = require('async-append-only-log')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const drained = (log) => new Promise((resolve) => log.onDrain(resolve))
const records = (log) => new Promise((resolve) => {
  const all = []
  log.stream({ offsets: false }).pipe({ paused: false, write: (data) => { all.push(data ? data.toString() : '-') }, end: () => resolve(all) })
})
const open = async () => {
  const log = Log('a.log', { blockSize: 1024 })
  await drained(log)
  return log
}

async function main () {
  const first = await open()
  const offset = await promised((cb) => first.append(Buffer.from('one'), cb))
  await promised((cb) => first.append([Buffer.from('two'), Buffer.from('three')], cb))
  await promised((cb) => first.close(cb))

  const second = await open()
  await promised((cb) => second.del(offset, cb))
  await new Promise((resolve) => second.onDeletesFlushed(resolve))
  const deleted = await records(second)
  await promised((cb) => second.append(Buffer.from('four'), cb))
  await drained(second)
  const appended = await records(second)
  await promised((cb) => second.close(cb))
  console.log(`deleted: ${deleted}; one more appended: ${appended}; opened again: ${await records(await open())}`)
  process.exit()
}
main()
END
said=$(node deleted.js)
echo "$said"
[ "$said" = "deleted: -,two,three; one more appended: one,two,three,four; opened again: one,two,three,four" ]
