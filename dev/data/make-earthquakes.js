'use strict'
// Made earthquakes.log from the earthquakes of the npm package vega-datasets, with flumelog-offset itself.
// README.md says where the data is from. Run it with a file name to make the log somewhere else and compare.

const crypto = require('crypto')
const fs = require('fs')
const path = require('path')
const FlumeLog = require('flumelog-offset')
const json = require('flumecodec').json

const SOURCE = path.join(__dirname, 'node_modules', 'vega-datasets', 'data', 'earthquakes.json')
const TARGET = process.argv[2] || path.join(__dirname, 'earthquakes.log')
const BATCH = 100

// Addresses and a title that are made from the other fields, and the feed's own bookkeeping.
const DROPPED = ['url', 'detail', 'title', 'code', 'ids', 'sources', 'types']

const kept = ([key, value]) => value !== null && !DROPPED.includes(key)

// A GeoJSON feature as a flat event. Fields without a value are left out; nothing else is changed.
function event ({ id, properties, geometry }) {
  const { time, mag, magType, place, type, ...rest } = properties
  const [longitude, latitude, depth] = geometry.coordinates
  const all = { id, time, type, place, mag, magType, longitude, latitude, depth, ...rest }
  return Object.fromEntries(Object.entries(all).filter(kept))
}

const byTime = (a, b) => a.time - b.time || (a.id < b.id ? -1 : 1)

const append = (log, values) => new Promise((resolve, reject) => {
  log.append(values, (err, since) => err ? reject(err) : resolve(since))
})

async function main () {
  if (fs.existsSync(TARGET)) throw new Error(`${TARGET} exists; it is kept as it is`)
  const events = JSON.parse(fs.readFileSync(SOURCE, 'utf8')).features.map(event).sort(byTime)
  const log = FlumeLog(TARGET, { codec: json, offsetCodec: 53 })
  let since = -1
  for (let i = 0; i < events.length; i += BATCH) since = await append(log, events.slice(i, i + BATCH))
  const bytes = fs.readFileSync(TARGET)
  const sha256 = crypto.createHash('sha256').update(bytes).digest('hex')
  console.log(JSON.stringify({ records: events.length, since, bytes: bytes.length, sha256 }))
}

main().catch((err) => {
  console.error(err.message)
  process.exitCode = 1
})
