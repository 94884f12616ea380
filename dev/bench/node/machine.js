'use strict'
// What is around a timed section, as in Machine.java: other work on the machine, the page cache, memory.

const fs = require('fs')
const { spawnSync } = require('child_process')

const WINDOW_MILLIS = 200
const QUIET = 0.05

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

// All ticks, and the idle ones; those that wait for a disk are not.
function ticks () {
  const numbers = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/ +/).slice(1, 9).map(Number)
  return [numbers.reduce((a, b) => a + b), numbers[3]]
}

async function busy () {
  if (!fs.existsSync('/proc/stat')) return -1
  const before = ticks()
  await sleep(WINDOW_MILLIS)
  const after = ticks()
  const all = after[0] - before[0]
  return all === 0 ? 0 : 1 - (after[1] - before[1]) / all
}

async function awaitQuiet (seconds) {
  if (seconds === 0) return -1
  const deadline = Date.now() + seconds * 1000
  let share
  do share = await busy(); while (share > QUIET && Date.now() < deadline)
  return share
}

const sync = () => spawnSync('sync')

// Empties the page cache, at least of the files; returns how, or null where it can't.
function drop (folder) {
  sync()
  try {
    fs.writeFileSync('/proc/sys/vm/drop_caches', '3')
    return 'drop_caches'
  } catch (err) {
    const dropped = fs.readdirSync(folder).every((name) =>
      spawnSync('dd', [`if=${folder}/${name}`, 'iflag=nocache', 'count=0', 'status=none']).status === 0)
    return dropped ? 'nocache' : null
  }
}

function memory (name) {
  if (!fs.existsSync('/proc/self/status')) return -1
  const line = fs.readFileSync('/proc/self/status', 'utf8').split('\n').find((line) => line.startsWith(name + ':'))
  return Number(line.replace(/\D+/g, '')) * 1024
}

module.exports = { awaitQuiet, sync, drop, memory }
