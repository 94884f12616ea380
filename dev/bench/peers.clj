(ns bench.peers
  "The peers that are measured, as data. To add one, write a class that implements bench.peer.Peer in the folder peers
   (or a module in the folder node), and add a line here with its rows.

     :class      a class, or a var that holds a Peer; or :module, a file in dev/bench/node
     :role       :ours, :peer, or :limit, a bound of the speed: code without anything that makes a log safe
     :rows       the rows that it has, except rows that name their :classes
     :needs      a var; the peer is left out if it can't be resolved
     :note       a remark that is needed to understand its figures"
  (:require [bench.rows :as rows]))

(set! *warn-on-reflection* true)

(def peers
  (array-map
   :flumelog
   {:title "flumelog" :role :ours :class "bench.peer.Flumelog"
    :rows #{:append-bulk :append-each :force-1 :force-16 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :read-alone :read-beside :delay-50 :delay-99 :memory}
    :note "Through its Java API: bytes in, a new array out; in bulk 1,000 records at once."}
   :flumelog-clj
   {:title "flumelog (Clojure)" :role :ours :class "bench.wrappers/peer"
    :rows #{:append-bulk :append-each :force-1 :scan :reverse :get-1 :newest}
    :note "`appending`, `append!`, `reduce`, `rseq` and `get` with the codec `:bytes`."}
   :flumelog-buffer
   {:title "flumelog (buffer)" :role :ours :class "bench.peer.FlumelogBuffer" :rows #{:append-each}
    :note "`:write-buffer-bytes` of 256 KiB: appends are held back in memory that outlives the process."}
   :flumelog-view
   {:title "flumelog (view)" :role :ours :class "bench.peer.FlumelogView" :rows #{:get-1 :get-2 :get-16}
    :note "`OffsetLog.view`: the record where it lies, without a copy."}
   :flumelog-room
   {:title "flumelog (room)" :role :ours :class "bench.peer.FlumelogRoom" :rows #{:force-1 :force-16}
    :note "`:room-bytes` of 4 MiB: forces into room that is there already."}
   :flumelog-append-all
   {:title "flumelog (append-all!)" :role :ours :class "bench.wrappers/append-all" :rows #{:append-bulk}
    :note "1,000 records at once."}
   :flumelog-append-async
   {:title "flumelog (append-async!)" :role :ours :class "bench.wrappers/append-async" :rows #{:append-bulk}
    :needs 'flumelog.core/append-async!
    :note "1,000 records under way at once."}
   :flumelog-offset
   {:title "flumelog-offset" :role :peer :module "flumelog-offset"
    :rows #{:append-bulk :force-1 :scan :reverse :get-1 :newest :open :open-torn :memory}
    :note "3.4.4, Node.js; the original. It is not asked to be safe from a killed process record by record."}
   :async-append-only-log
   {:title "async-append-only-log" :role :peer :module "async-append-only-log"
    :rows #{:append-bulk :force-1 :scan :get-1 :open :open-torn :memory}
    :note "4.3.10, Node.js; forward only. It forces each block, and waits at least 1 ms before it writes one."}
   :chronicle
   {:title "Chronicle Queue" :role :peer :class "bench.peer.Chronicle"
    :rows #{:append-each :force-1 :force-16 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :read-alone :read-beside :delay-50 :delay-99 :memory}
    :note "2026.4; a mapped file. Its follower asks without a pause."}
   :lmdb
   {:title "LMDB" :role :peer :class "bench.peer.Lmdb"
    :rows #{:append-bulk :force-1 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :read-alone :read-beside :memory}
    :note "org.lmdbjava 0.9.3; 1,000 records a transaction, values read in place."}
   :rocksdb
   {:title "RocksDB" :role :peer :class "bench.peer.Rocks"
    :rows #{:append-bulk :force-1 :force-16 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :memory}
    :note "11.8.1; with its write-ahead log, 1,000 records a batch, no compression."}
   :mvstore
   {:title "MVStore" :role :peer :class "bench.peer.MvStore"
    :rows #{:append-bulk :force-1 :force-16 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :memory}
    :note "H2's, 2.4.240."}
   :sqlite
   {:title "SQLite" :role :peer :class "bench.peer.Sqlite"
    :rows #{:append-bulk :force-1 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :read-alone :read-beside :memory}
    :note "xerial's 3.54.1.0; write-ahead log, 1,000 records a transaction."}
   :kafka
   {:title "Kafka's log" :role :peer :class "bench.peer.Kafka"
    :rows #{:append-bulk :append-each :force-1 :scan :get-1 :get-2 :get-16 :open :open-torn :memory}
    :note "4.4.0; one segment without a broker, in bulk with batches of 16 KiB."}
   :tail
   {:title "tail -f" :role :peer :class "bench.peer.TailF" :rows #{:delay-50 :delay-99}
    :note "coreutils'; follows a file to which a process writes each record by a call."}
   :codec
   {:title "the codec alone" :role :limit :rows #{}
    :note "Decodes the same bytes from arrays in memory."}
   :reduce
   {:title "reduce" :role :limit :rows #{}
    :note "The same log with `reduce`."}
   :halves
   {:title "two reduces" :role :limit :rows #{}
    :note "Half of the log each, by two threads at once."}
   :limit
   {:title "limit" :role :limit :class "bench.peer.Limit"
    :rows #{:append-bulk :append-each :force-1 :force-16 :scan :reverse :get-1 :get-2 :get-16 :newest :open :open-torn :read-alone :read-beside :memory}
    :note "The frame and nothing else: a 256 KiB buffer, for single appends a mapped one; 1 MiB reads; a mapping for gets; forces into preallocated room."}
   :limit-plain
   {:title "limit, a call each" :role :limit :class "bench.peer.LimitPlain"
    :rows #{:append-each :force-1 :force-16 :get-1 :get-2 :get-16}
    :note "A write a record, a read a get, forces of a file that grows."}
   :limit-mapped
   {:title "limit, mapped" :role :limit :class "bench.peer.LimitMapped"
    :rows #{:append-each :get-1 :get-2 :get-16}
    :note "The log itself mapped; gets without a copy."}
   :limit-checked
   {:title "limit, checked" :role :limit :class "bench.peer.LimitChecked"
    :rows #{:get-1 :get-2 :get-16}
    :note "As mapped, but it proves what it gives: by a table of where records start, and by the end of the frame after its data."}))

(defn of-row
  "The peers that have the row, in the order of the table."
  [row]
  (for [[peer {:keys [rows needs]}] peers
        :when (if (:classes row) (contains? (:classes row) peer) (contains? rows (:id row)))
        :when (or (nil? needs) (requiring-resolve needs))]
    peer))

(defn code
  "The code of the peer's step in the row: {:class c} or {:module m}."
  [row peer]
  (if-let [class (get-in row [:classes peer])]
    {:class class}
    (select-keys (peers peer) [:class :module])))

(defn unknown-rows
  "Rows that a peer names and that don't exist."
  []
  (remove rows/by-id (mapcat :rows (vals peers))))
