'use strict'
// Child process of peer.js: cuts a log at every length and lets the original open each piece. It is a process of its
// own because some cuts make the original throw where nothing can catch it, or never answer. Sends one message per cut;
// the parent starts a new child at the next cut when this one dies or falls silent.

const fs = require('fs')
const path = require('path')
const original = require('./original')
const { neverAnswers } = require('./idle')

let scratchFolder = null
let failCut = () => {}
process.on('uncaughtException', (err) => failCut(err))

function plain (err) {
  return { message: String(err.message || err), code: err.code || 'exception' }
}

// The work's result, or its error, or an uncaught exception while it ran, or word that it can never end.
function guarded (work) {
  return new Promise((resolve, reject) => {
    failCut = reject
    const watch = neverAnswers(() => {
      reject(Object.assign(new Error('never answers'), { code: 'timeout' }))
    })
    work().then(resolve, reject).finally(watch.stop)
  })
}

// Opens and reads one file. What was learnt before a failure stays in the result.
async function read (options) {
  const result = {}
  try {
    const log = await guarded(() => original.open(options))
    result.since = original.since(log)
    result.items = []
    await guarded(() => original.stream(log, {}, result.items))
    await original.close(log)
  } catch (err) {
    result.error = { ...plain(err), stage: result.items ? 'read' : 'open' }
  }
  return result
}

function isPrefix (items, whole) {
  return JSON.stringify(items) === JSON.stringify(whole.slice(0, items.length))
}

// Every cut gets a new file: a failed one may still be open and must not meet the next.
async function tryCut (options, bytes, cut, whole) {
  const file = `${options.scratch}.${cut}`
  fs.writeFileSync(file, bytes.subarray(0, cut))
  const { since, items, error } = await read({ ...options, path: file })
  const size = fs.statSync(file).size
  fs.unlinkSync(file)
  if (!items) return { cut, size, error }
  const offsets = items.map((x) => x.seq)
  return { cut, size, since, count: items.length, offsets, prefix: isPrefix(items, whole), error }
}

// The whole log as the original reads it, to compare the cuts with.
async function wholeLog (options) {
  const file = `${options.scratch}.whole`
  fs.copyFileSync(options.path, file)
  const { items = [] } = await read({ ...options, path: file })
  fs.unlinkSync(file)
  return items
}

// All is sent, or the parent has died and can't tidy up.
process.on('disconnect', () => {
  if (scratchFolder) fs.rmSync(scratchFolder, { recursive: true, force: true })
  process.exit()
})

process.once('message', async ({ options, from }) => {
  scratchFolder = path.dirname(options.scratch)
  const bytes = fs.readFileSync(options.path)
  const whole = await wholeLog(options)
  for (let cut = from; cut <= bytes.length; cut++) {
    process.send({ starts: cut })
    process.send({ result: await tryCut(options, bytes, cut, whole) })
  }
  process.send({ done: true }, () => process.disconnect())
})
