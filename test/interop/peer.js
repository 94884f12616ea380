'use strict'
// The real flumelog-offset at the other end of a pipe, for the tests.
//
// One JSON command per line on stdin, one JSON answer per line on stdout, strictly in order:
//   {"cmd": "open", "id": "a", "path": "a.log", "bits": 53, "codec": "json"}  ->  {"ok": -1}
//   {"cmd": "append", "id": "a", "value": {"n": 1}}                           ->  {"ok": 0}
//   {"cmd": "get", "id": "a", "offset": 7}     ->  {"error": {"message": "...", "code": "exception"}}
//
// command    arguments                                           answers
// open       id path bits: 32|48|53 or legacy: true, codec:      since, once the original knows it
//            json|pretty|utf8|base64, blockSize
// append     id value                                            since (an array is a batch to the original)
// appendAll  id values                                           {since, offsets}
// get        id offset                                           the value
// del        id offsets (one or several)                         true
// since      id                                                  since
// stream     id opts: gt gte lt lte reverse limit seqs values    the list of what came, {seq, value} by default
// close      id                                                  true
// cutPoints  path bits|legacy codec blockSize                    for every length the file can be cut to:
//            {cut, size (after recovery), since, count, offsets, prefix (the records are the first ones of the log),
//            error: {message, code, stage: open|read}}
// versions                                                       what runs here
//
// The original throws where nobody can catch it, or never calls back, in known cases. Neither ends this process: an
// uncaught exception answers the running command (code "exception" when it has no code of its own), and a command that
// can't be answered any more, or not within its "timeout" in milliseconds (5000 when absent), is answered with the code
// "timeout". After either the log is in an unknown state (a lock that is never released, a read that is waited for in
// vain), so that correct calls fail too: open the file again, or restart the peer. Only an endless loop inside the
// original can't be answered; the client's own timeout is for that.
//
// Values travel as JSON; with codec "base64" (the original's own default, plain buffers) as base64 strings.
// The string "undefined" in stream options stands for JavaScript's undefined, which JSON can't say.
// An error that ends a stream also carries "partial", what came before it.

const fs = require('fs')
const os = require('os')
const path = require('path')
const readline = require('readline')
const { fork } = require('child_process')
const original = require('./original')
const { neverAnswers } = require('./idle')

const DEFAULT_TIMEOUT_MS = 5000
const CUT_POINTS_TIMEOUT_MS = 120000
const ONE_CUT_TIMEOUT_MS = 5000

const logs = new Map()

function logNamed (id) {
  if (!logs.has(id)) throw Object.assign(new Error(`no log is open as ${id}`), { code: 'unknown-id' })
  return logs.get(id)
}

const isBinary = (log) => log.options.codec === 'base64'
const fromPipe = (log, value) => isBinary(log) ? Buffer.from(value, 'base64') : value

// get hands out a Buffer even with the utf8 codec; its text is what the test wants to compare.
function toPipe (log, value) {
  if (!Buffer.isBuffer(value)) return value
  return value.toString(isBinary(log) ? 'base64' : 'utf8')
}

// The original tells only the last offset of a batch; the others follow from the lengths.
function offsetsFrom ({ options }, start, values) {
  let next = start
  return values.map((value) => {
    const offset = next
    next += original.overhead(options) + original.encodedLength(options.codec, value)
    return offset
  })
}

function itemToPipe (log, item) {
  if (item && typeof item === 'object' && !Buffer.isBuffer(item) && 'seq' in item && 'value' in item) {
    return { seq: item.seq, value: toPipe(log, item.value) }
  }
  return toPipe(log, item)
}

// JSON can't say undefined, and the original treats {gt: undefined} unlike {}.
function streamOptions (opts = {}) {
  if (opts.live || opts.old === false) {
    throw Object.assign(new Error('live streams never end: not offered here'), { code: 'refused' })
  }
  return Object.fromEntries(Object.entries(opts).map(([k, v]) => [k, v === 'undefined' ? undefined : v]))
}

async function stream ({ id, opts }) {
  const log = logNamed(id)
  const items = []
  try {
    await Promise.race([original.stream(log, streamOptions(opts), items), failure.promise])
  } catch (err) {
    err.partial = items.map((item) => itemToPipe(log, item))
    throw err
  }
  return items.map((item) => itemToPipe(log, item))
}

async function appendAll ({ id, values }) {
  const log = logNamed(id)
  const batch = values.map((value) => fromPipe(log, value))
  const offsets = offsetsFrom(log, fs.statSync(log.options.path).size, batch)
  return { since: await original.append(log, batch), offsets }
}

async function open ({ id, path, bits, legacy, codec, blockSize }) {
  logs.delete(id)
  const log = await original.open({ path, bits, legacy, codec, blockSize })
  logs.set(id, log)
  return original.since(log)
}

async function close ({ id }) {
  const log = logNamed(id)
  logs.delete(id)
  return log.failed ? true : original.close(log)
}

function versions () {
  const names = ['flumelog-offset', 'aligned-block-file', 'flumecodec', 'pull-stream']
  const found = names.map((name) => [name, require(`${name}/package.json`).version])
  return { node: process.versions.node, ...Object.fromEntries(found) }
}

// One child tries cut after cut. Resolves with the cut to go on from when it ended before the last one; fails, and ends
// the child, when the whole command has failed.
function runCuts (options, from, results) {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'cut-points.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    let current = from
    let finished = false
    const timer = setTimeout(() => child.kill('SIGKILL'), ONE_CUT_TIMEOUT_MS)
    failure.promise.catch((err) => { child.kill('SIGKILL'); reject(err) })
    child.on('message', ({ starts, result, done }) => {
      timer.refresh()
      if (starts !== undefined) current = starts
      if (result) results[result.cut] = result
      if (done) finished = true
    })
    child.on('exit', () => {
      clearTimeout(timer)
      if (finished) return resolve(null)
      results[current] ??= { cut: current, error: { message: 'the process died or hung', code: 'died', stage: 'open' } }
      resolve(current + 1)
    })
    child.send({ options, from })
  })
}

async function cutPoints ({ path: file, bits, legacy, codec, blockSize }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flumelog-cuts-'))
  const options = { path: file, bits, legacy, codec, blockSize, scratch: path.join(folder, 'cut') }
  const size = fs.statSync(file).size
  const results = []
  try {
    for (let from = 0; from !== null && from <= size;) from = await runCuts(options, from, results)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
  return results
}

const commands = {
  open,
  close,
  appendAll,
  stream,
  cutPoints,
  versions,
  append: ({ id, value }) => original.append(logNamed(id), fromPipe(logNamed(id), value)),
  get: async ({ id, offset }) => toPipe(logNamed(id), await original.get(logNamed(id), offset)),
  del: async ({ id, offsets }) => { await original.del(logNamed(id), offsets); return true },
  since: ({ id }) => original.since(logNamed(id))
}

// The running command's way to fail from outside: an uncaught exception, a timeout.
let failure = null

function newFailure () {
  let reject
  const promise = new Promise((resolve, _reject) => { reject = _reject })
  promise.catch(() => {})
  return { promise, reject }
}

process.on('uncaughtException', (err) => failure?.reject(err))
process.on('unhandledRejection', (err) => failure?.reject(err))

function coded (message) {
  return Object.assign(new Error(message), { code: 'timeout' })
}

// A command that waits for a child process is not idle, though no file operation is under way here.
function watchFor (cmd, ms) {
  const watch = cmd === 'cutPoints'
    ? { stop () {} }
    : neverAnswers(() => failure.reject(coded('never answers: nothing is under way that could call back')))
  const timer = setTimeout(() => failure.reject(coded(`no answer within ${ms} ms`)), ms)
  return { stop () { watch.stop(); clearTimeout(timer) } }
}

function timeoutOf ({ cmd, timeout }) {
  return timeout || (cmd === 'cutPoints' ? CUT_POINTS_TIMEOUT_MS : DEFAULT_TIMEOUT_MS)
}

async function run (command) {
  const handler = Object.hasOwn(commands, command.cmd) && commands[command.cmd]
  if (!handler) throw Object.assign(new Error(`unknown command ${command.cmd}`), { code: 'unknown-command' })
  failure = newFailure()
  const watch = watchFor(command.cmd, timeoutOf(command))
  try {
    return await Promise.race([(async () => handler(command))(), failure.promise])
  } catch (err) {
    if (logs.has(command.id)) logs.get(command.id).failed = err.code !== 'flumelog:deleted'
    throw err
  } finally {
    watch.stop()
  }
}

async function answer (line) {
  try {
    const ok = await run(JSON.parse(line))
    return { ok: ok === undefined ? null : ok }
  } catch (err) {
    const { message = String(err), code = 'exception', partial } = Object(err)
    return { error: { message: String(message), code, partial } }
  }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line.trim()) process.stdout.write(JSON.stringify(await answer(line)) + '\n')
  }
  process.exit(0)
}

main()
