'use strict'
// flumedb with flumeview-reduce, and with flumeview-level, over flumelog-offset: JSON, 53 bits, the log's own block size.

const path = require('path')
const fs = require('fs')
const Flume = require('flumedb')
const FlumeLog = require('flumelog-offset')
const Level = require('flumeview-level')
const Reduce = require('flumeview-reduce')
const pull = require('pull-stream')

const JSON_CODEC = { encode: JSON.stringify, decode: JSON.parse, buffer: false, type: 'json' }
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))

const logOf = (folder) => FlumeLog(path.join(folder, 'a.log'), { blockSize: 16384, codec: JSON_CODEC, offsetCodec: 53 })

// Its close does not wait for what the views still write; they are asked one after the other.
const close = (db) => promised((cb) => db.close(cb))

async function append (folder, messages) {
  const log = logOf(folder)
  for (let i = 0; i < messages.length; i += 1000) await promised((cb) => log.append(messages.slice(i, i + 1000), cb))
}

// A view of its own for each db, since the first value is changed in place.
const countByType = () => Reduce(1, (counts, type) => {
  counts[type] = (counts[type] || 0) + 1
  return counts
}, (message) => message.value.content.type, null, {})

const byAuthor = Level(1, (message) => [[message.value.author, message.value.sequence]])

const reduce = {
  append,
  files: (folder) => [path.join(folder, 'types.json')],
  async open (folder) {
    const db = Flume(logOf(folder)).use('types', countByType())
    const answer = () => promised((cb) => db.types.get(cb))
    return {
      answer,
      async appendAndRead (message) {
        await promised((cb) => db.append(message, cb))
        await answer()
      },
      async close () {
        await close(db)
        // The state is written by a timer of half a second at most.
        for (let i = 0; i < 50 && !fs.existsSync(reduce.files(folder)[0]); i++) await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

const newest = (db, author) => promised((cb) => pull(
  db.author.read({ gt: [author, null], lt: [author, undefined], reverse: true, limit: 10, keys: false, seqs: false, values: true }),
  pull.collect(cb)))

const level = {
  append,
  files: (folder) => [path.join(folder, 'author')],
  async open (folder) {
    const db = Flume(logOf(folder)).use('author', byAuthor)
    const author = fs.readFileSync(path.join(folder, 'author.txt'), 'utf8')
    return {
      answer: async () => (await newest(db, author)).map((message) => message.key),
      prepare: async () => {},
      newest: (author) => newest(db, author),
      async appendAndRead (message) {
        await promised((cb) => db.append(message, cb))
        const found = await newest(db, message.value.author)
        if (found[0].key !== message.key) throw new Error('the newest message is not the one that was appended')
      },
      close: () => close(db)
    }
  }
}

module.exports = { reduce, level }
