'use strict'
// jitdb over async-append-only-log: BIPF, blocks of 64 KiB, as its readme has them.

const path = require('path')
const fs = require('fs')
const bipf = require('bipf')
const Log = require('async-append-only-log')
const JITDB = require('jitdb')
const { query, fromDB, where, or, equal, count, paginate, descending, sortByArrival, toCallback } = require('jitdb/operators')
const FlumeLog = require('flumelog-offset')
const pull = require('pull-stream')

const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const logOf = (folder) => Log(path.join(folder, 'a.bipf'), { blockSize: 65536, validateRecord: () => true })
const indexes = (folder) => path.join(folder, 'indexes')

const CONTENT = bipf.allocAndEncode('content')
const TYPE = bipf.allocAndEncode('type')
const AUTHOR = bipf.allocAndEncode('author')

// jitdb finds the field `value` once for all seeks of a record, and passes where it is.
const seekAuthor = (buffer, start, value) => value < 0 ? -1 : bipf.seekKey2(buffer, value, AUTHOR, 0)

function seekType (buffer, start, value) {
  if (value < 0) return -1
  const content = bipf.seekKey2(buffer, value, CONTENT, 0)
  return content < 0 ? -1 : bipf.seekKey2(buffer, content, TYPE, 0)
}

const isType = (type) => equal(seekType, type, { indexType: 'value_content_type' })
const isAuthor = (author) => equal(seekAuthor, author, { indexType: 'value_author' })

const countOf = (db, what) => promised((cb) => query(fromDB(db), where(what), count(), toCallback(cb)))

async function newest (db, author) {
  const page = await promised((cb) =>
    query(fromDB(db), where(isAuthor(author)), sortByArrival(), descending(), paginate(10), toCallback(cb)))
  return page.results
}

async function append (folder, messages) {
  const log = logOf(folder)
  await promised((cb) => log.append(messages.map((message) => bipf.allocAndEncode(message)), cb))
  await new Promise((resolve) => log.onDrain(resolve))
  await promised((cb) => log.close(cb))
}

// Makes the log from a log of flumelog-offset.
async function build (folder, from) {
  const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
  const messages = FlumeLog(from, { blockSize: 16384, codec, offsetCodec: 53 })
  const log = logOf(folder)
  let batch = []
  const write = async () => {
    await promised((cb) => log.append(batch, cb))
    await new Promise((resolve) => log.onDrain(resolve))
    batch = []
  }
  await promised((cb) => pull(messages.stream({ seqs: false, cache: false }), pull.asyncMap((message, cb) => {
    batch.push(bipf.allocAndEncode(message))
    if (batch.length < 5000) return cb(null, 0)
    write().then(() => setImmediate(cb, null, 0), cb)
  }), pull.onEnd(cb)))
  await write()
  await promised((cb) => log.close(cb))
}

async function open (folder, answer) {
  const log = logOf(folder)
  const db = JITDB(log, indexes(folder))
  await new Promise((resolve) => db.onReady(resolve))
  return {
    answer: () => answer(db),
    // The bit sets of all authors that are asked for, in one scan.
    prepare: (authors) => countOf(db, or(...authors.map(isAuthor))),
    newest: (author) => newest(db, author),
    // The log shows a record when it is written, which a timer of 250 ms decides.
    async appendAndRead (message) {
      await promised((cb) => log.append(bipf.allocAndEncode(message), cb))
      await new Promise((resolve) => log.onDrain(resolve))
      await answer(db)
    },
    close: async () => {
      // Indexes are written in the background.
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await promised((cb) => log.close(cb))
    }
  }
}

const files = (folder) => [indexes(folder)]

// A quarter of a second each, so only a few.
const followed = 40

const type = { append, build, files, followed, open: (folder) => open(folder, (db) => countOf(db, isType('post'))) }

const author = {
  append,
  build,
  files,
  followed,
  open (folder) {
    const author = fs.readFileSync(path.join(folder, 'author.txt'), 'utf8')
    return open(folder, async (db) => (await newest(db, author)).map((message) => message.key))
  }
}

module.exports = { type, author }
