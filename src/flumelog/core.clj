(ns flumelog.core
  "An append-only log in one file. A record's key is the byte offset where it starts.

   * `open`, `block-cache`, `close!` (a log is `with-open`able too)
   * writing: `append!`, `append-all!`, `append-async!`, `appending`, `delete!`, `forget-before!`, `sync!`
   * reading: a log is `seq`able, `rseq`able and reducible over its values; `(get log offset)` and `(log offset)`;
     `fetch` is the strict form of `get`, `ending-at` takes an end; `entries`, `values` and `offsets` take a range; `live` waits for new records;
     `cursor`, `next!`, `prev!`, `seek!`
   * the state of a log: `since`, `durable`, `await-since`, `count`, `id`, `position`, `info`, `recovery`
   * a sealed log: `head`, `seal!`, `prove`, `proves?`
   * files: `backup!` of an open log; `verify`, `recover!` and `salvage` for a damaged file; `compact!`, `convert`, `copy!`,
     `offset-map`, `drop-side-files!`

   Every error has a message of one sentence, and `ex-data` with `:flumelog/error`, which is one of `:closed :read-only
   :locked :not-a-record :deleted :corrupt :wrong-format :too-large :full :failed :encode :decode :bad-option
   :unsupported :wrong-log :wrong-key :unavailable`. Those of views, `flumelog.db`, may also be `:view-failed` or `:timeout`."
  (:refer-clojure :exclude [count])
  (:require [flumelog.arguments :refer [->bytes ->cursor ->end ->log ->millis ->offset ->offsets ->position ->values back-end offset-in]]
            [flumelog.datafy]
            [flumelog.facts :as facts]
            [flumelog.fold]
            [flumelog.operations :as operations]
            [flumelog.options :refer [->options ->path open-with]]
            [flumelog.print]
            [flumelog.sealed :as sealed])
  (:import (flumelog.coll Appender LiveView LogCollection LogCursor Projection SinceRef)
           (flumelog.log BlockCache LiveOptions OffsetLog Range RecordKey Since)))

(set! *warn-on-reflection* true)

;; The functions, grouped by topic. Each part continues this namespace and uses the requires above.

(load "core/opening")
(load "core/writing")
(load "core/reading")
(load "core/following")
(load "core/state")
(load "core/sealing")
(load "core/maintenance")
