'use strict'
// One measured step of a JavaScript view, in a process of its own: node step.js action peer folder [key=value ...].
// Prints one line of JSON. The clock starts when everything is loaded: another log, a small one, was opened before.

const fs = require('fs')
const path = require('path')

const peers = {
  'flumeview-reduce': () => require('./flumedb').reduce,
  'flumeview-level': () => require('./flumedb').level,
  'jitdb-type': () => require('./jitdb').type,
  'jitdb-author': () => require('./jitdb').author
}

const [action, name, folder, ...more] = process.argv.slice(2)
const options = Object.fromEntries(more.map((word) => word.split('=')))
const peer = peers[name]()
const lines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)
const millis = () => Number(process.hrtime.bigint()) / 1e6

function cpu () {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function bytes (file) {
  if (!fs.existsSync(file)) return 0
  const stat = fs.statSync(file)
  return stat.isDirectory() ? fs.readdirSync(file).reduce((n, x) => n + bytes(path.join(file, x)), 0) : stat.size
}

const actions = {
  // From opening the db to its first answer: with a new view, or with one that is on disk.
  async open () {
    const other = await peer.open(options.small)
    await other.answer()
    await other.close()
    const cpuBefore = cpu()
    const before = millis()
    const db = await peer.open(folder)
    const answer = await db.answer()
    const took = { millis: millis() - before, cpu: cpu() - cpuBefore, answer }
    await db.close()
    return { ...took, bytes: peer.files(folder).reduce((n, file) => n + bytes(file), 0), resident: process.memoryUsage().rss }
  },
  // Newest ten records of an author, with their values; the authors in turn.
  async lookups () {
    const authors = lines(options.authors)
    const db = await peer.open(folder)
    await db.answer()
    await db.prepare(authors)
    let last
    for (let i = 0; i < Number(options.warmup); i++) last = await db.newest(authors[i % authors.length])
    const n = Number(options.n)
    const cpuBefore = cpu()
    const before = millis()
    for (let i = 0; i < n; i++) last = await db.newest(authors[i % authors.length])
    const took = { millis: (millis() - before) / n, cpu: (cpu() - cpuBefore) / n }
    const answer = (await db.newest(authors[0])).map((message) => message.key)
    await db.close()
    return { ...took, answer, last: last.length }
  },
  // Appends a message and reads it through the view, one after the other.
  async follow () {
    const messages = lines(options['messages-of']).slice(0, peer.followed).map((line) => JSON.parse(line))
    const db = await peer.open(folder)
    await db.answer()
    const times = []
    for (const message of messages) {
      const before = millis()
      await db.appendAndRead(message)
      times.push(millis() - before)
    }
    await db.close()
    times.sort((a, b) => a - b)
    return { millis: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] }
  },
  // Not measured: the log, from lines of JSON; or more of it.
  async append () {
    await peer.append(folder, lines(options['messages-of']).map((line) => JSON.parse(line)))
    return {}
  },
  async build () {
    await peer.build(folder, options.log)
    return {}
  }
}

actions[action]().then((result) => {
  fs.writeSync(1, JSON.stringify(result) + '\n')
  process.exit(0)
}, (err) => {
  console.error(err)
  process.exit(1)
})
