(ns bench.rows
  "The measures, as data: `workloads`, `groups`, `rows`.

   A row has
     :id :title :group
     :unit        :per-second (more is better), :micros or :mib (less is)
     :step        the action of the step's process; the row's id if absent
     :ops         the operations that are counted: :records, :forces, :gets, :delays, :latest, or 1
     :workloads   the workloads on which it runs, and :fraction, the part of their records
     :starts      [:cold :first]; a step that starts :first measures :first and :hot
     :fresh       true if the step makes a new store; else it reads one that was built before
     :ours        the flumelog peer to which the targets apply, if the row uses options
     :classes     for a row with peers of its own: peer to class; and :store, the codec of the log that they read
     :built-by    the peer whose store all peers read; else each reads a store that it has built
     :targets     a map from peer to a factor, how many times better flumelog should be, or to a factor for each
                  temperature. :best is the best peer. :also, [ours peer factor], are targets of other flumelog peers.
                  :than is another row of flumelog and a factor. :level is another workload and a factor; the limit
                  shows which factor is possible
     :limited-by  a sentence for the report")

(set! *warn-on-reflection* true)

(def workloads
  {:W {:records 1000000 :min-bytes 200 :max-bytes 1500 :mean-bytes 600 :seed 600
       :title "1,000,000 records of 200 to 1500 bytes, 600 on average"}
   :S {:records 5000000 :min-bytes 100 :max-bytes 100 :mean-bytes 100 :seed 100
       :title "5,000,000 records of 100 bytes"}
   ;; The sizes of logs for the rows that compare sizes: a number of records, and how many times they are appended.
   :M10  {:records 16000 :min-bytes 200 :max-bytes 1500 :mean-bytes 600 :seed 600 :times 1
          :title "16,000 records as in W: 10 MB"}
   :M100 {:records 160000 :min-bytes 200 :max-bytes 1500 :mean-bytes 600 :seed 600 :times 1
          :title "ten times as many as M10: 100 MB"}
   :G1   {:records 160000 :min-bytes 200 :max-bytes 1500 :mean-bytes 600 :seed 600 :times 10
          :title "those of M100 ten times: 1 GB"}
   :G10  {:records 160000 :min-bytes 200 :max-bytes 1500 :mean-bytes 600 :seed 600 :times 100
          :title "those of M100 a hundred times: 10 GB"}})

(def counts
  "The number of operations of a step with this number of records."
  {:forces #(min % 10000)
   :gets   #(min % 100000)
   :delays #(min % 2000)
   :more   #(min % 10000)
   :back   #(min % 10000)
   :latest (constantly 1000)
   1       (constantly 1)})

(def groups
  [[:append "Appending"]
   [:force "Appending, and forced to the disk"]
   [:scan "Reading all of it"]
   [:get "Reading single records"]
   [:together "Beside other processes"]
   [:open "Opening"]
   [:clojure "From Clojure"]
   [:growth "As the log grows"]
   [:memory "Memory"]])

(defn- codec-row [codec]
  {:id (keyword (str "reduce-" (name codec))) :group :clojure :unit :per-second :step "scan" :ops :records
   :title (str "(reduce f init log), codec " codec)
   :workloads [:W] :fraction 1/10 :starts [:first] :store codec
   :classes {:flumelog-clj (str "bench.codecs/" (name codec))
             :codec        (str "bench.codecs/" (name codec) "-alone")}
   :targets {:codec 0.9}
   :limited-by "The codec: the peer of that name decodes the same bytes from arrays in memory."})

(defn- growth-row [step title unit ops & peers]
  {:id (keyword (str "grow-" step)) :group :growth :unit unit :step step :ops ops :title (str title ", as the log grows")
   :workloads [:M10 :M100 :G1 :G10] :starts [:first] :built-by :flumelog
   :classes (select-keys {:flumelog "bench.peer.Flumelog" :limit "bench.peer.Limit"} (cons :flumelog peers))
   :level [:M100 0.8]
   :limited-by "It should not depend on how large the log is, while that fits into memory; what is read in more memory is more often in none of the CPU's caches, which the limit shows."})

(def rows
  (into
   [{:id :append-bulk :title "append in bulk" :group :append :unit :per-second :ops :records :fresh true
     :workloads [:W :S] :starts [:cold :first] :targets {:best 1.5 :limit 0.8}
     :limited-by "Copying: one pass that frames into a large buffer, and the copy into the page cache."}
    {:id :append-each :title "append one at a time, each safe from a killed process" :group :append
     :unit :per-second :ops :records :fresh true :workloads [:W] :starts [:cold :first]
     :ours :flumelog-buffer :targets {:chronicle {:hot 1.7 :first 4}}
     :limited-by "A write call a record, or the page faults of a mapped log; neither with a mapped side file."}
    {:id :force-1 :title "append + force each, 1 thread" :group :force :unit :per-second :ops :forces :fresh true
     :workloads [:W] :starts [:first] :threads 1 :ours :flumelog-room :targets {:chronicle 1.15}
     :limited-by "The disk's force, which is cheaper into room that is there already."}
    {:id :force-16 :title "append + force each, 16 threads" :group :force :unit :per-second :ops :forces :fresh true
     :workloads [:W] :starts [:first] :threads 16 :ours :flumelog-room :targets {:rocksdb 1.4}
     :limited-by "The disk's force, divided by how many records share one."}
    {:id :scan :title "forward scan" :group :scan :unit :per-second :ops :records
     :workloads [:W :S] :starts [:cold :first] :targets {:best {:hot 2 :first 3} :limit 0.8}
     :limited-by "Copying out of the page cache; cold, the disk."}
    {:id :reverse :title "reverse scan" :group :scan :unit :per-second :ops :records
     :workloads [:W :S] :starts [:cold :first] :targets {:best {:hot 2 :first 3} :limit 0.8} :than [:scan 0.85]
     :limited-by "As a forward scan."}
    {:id :get-1 :title "random get, 1 thread" :group :get :unit :per-second :ops :gets
     :workloads [:W] :starts [:first] :threads 1 :targets {:lmdb 2.5} :also [[:flumelog-view :lmdb 8]]
     :limited-by "Misses of the CPU's caches, for the landmark and for the record, and how much of the next record's the CPU can wait for at the same time: an array is filled by a loop whose length differs, a view makes a buffer (ADR 13)."}
    {:id :get-2 :title "random get, 2 threads" :group :get :unit :per-second :ops :gets
     :workloads [:W] :starts [:first] :threads 2 :targets {:lmdb 2.5} :also [[:flumelog-view :lmdb 8]]
     :than [:get-1 1.8]
     :limited-by "As with one thread, and the memory that the processors share; readers write nothing that others read."}
    {:id :get-16 :title "random get, 16 threads" :group :get :unit :per-second :ops :gets
     :workloads [:W] :starts [:first] :threads 16 :than [:get-2 0.8]
     :limited-by "As with two threads, where there are two processors, and starting the threads."}
    {:id :read-alone :title "forward scan of a process that may not write" :group :together :unit :per-second :ops :records :fresh true
     :workloads [:W] :starts [:first] :limited-by "As a forward scan."}
    {:id :read-beside :title "the same beside another reader and a writer, processes of their own" :group :together
     :unit :per-second :ops :records :fresh true :workloads [:W] :starts [:first] :than [:read-alone 0.8]
     :limited-by "The processors: on two of them two readers and a writer, which appends 10,000 records a second, take turns."}
    {:id :delay-50 :title "from before an append to its record in another process, median" :group :together :unit :micros
     :ops :delays :fresh true :workloads [:W] :starts [:first]
     :limited-by "How a follower waits: one that asks without a pause takes a whole processor, one that sleeps has to be woken."}
    {:id :delay-99 :title "from before an append to its record in another process, 99 % of them" :group :together :unit :micros
     :ops :delays :fresh true :workloads [:W] :starts [:first]
     :limited-by "As the median, and what else the processors do."}
    {:id :newest :title "newest 10 after open" :group :open :unit :micros :ops 1
     :workloads [:W] :starts [:cold :first] :targets {:lmdb {:hot 1} :rocksdb {:first 10}}
     :limited-by "Opening one file and one small read of its tail."}
    {:id :open :title "open a clean log" :group :open :unit :micros :ops 1
     :workloads [:W] :starts [:cold :first] :targets {:kafka {:hot 1 :first 2}}
     :limited-by "System calls: one open, one size, one read, one lock."}
    {:id :open-torn :title "open after a torn tail" :group :open :unit :micros :ops 1 :torn true
     :workloads [:W] :starts [:cold :first] :targets {:kafka {:first 2}}
     :limited-by "Four forces, of the kept tail, its name, the log that is cut and the checkpoint, and code that runs for the first time. Then reading what lies above the last mark of what is durable."}
    {:id :memory :title "memory while scanning, beyond the runtime's own" :group :memory :unit :mib :ops :records
     :workloads [:W] :starts [:first] :heap "64m"
     :limited-by "Buffers and caches; of a mapped file the pages that were touched count too."}]
   (concat
    [(growth-row "get-1" "random get, 1 thread" :per-second :gets :limit)
     (growth-row "open" "open a clean log" :micros 1)
     (growth-row "newest" "newest 10 after open" :micros 1)
     (growth-row "back" "reverse scan of the newest 10,000" :per-second :back :limit)
     (growth-row "append-more" "append in bulk" :per-second :more) ; last, for it makes the log larger
     {:id :reduce-bytes :title "(reduce f init log), codec :bytes" :group :clojure :unit :per-second :step "scan"
      :ops :records :workloads [:W] :starts [:first]
      :classes {:flumelog-clj "bench.wrappers/peer" :limit "bench.peer.Limit"}
      :targets {:limit 0.5} :limited-by "As a forward scan, and a new array for each record."}]
    (map codec-row [:utf8 :nippy :edn :json])
    [{:id :fold-nippy :title "(r/fold + f log), codec :nippy" :group :clojure :unit :per-second :step "scan"
      :ops :records :workloads [:W] :fraction 1/10 :starts [:first] :store :nippy
      :classes {:flumelog-clj "bench.codecs/nippy-fold" :reduce "bench.codecs/nippy" :halves "bench.codecs/nippy-halves"}
      :targets {:reduce 1.7} :limited-by "The processors: two threads that share nothing but these gain no more (two reduces)."}
     {:id :rseq-10 :title "(into [] (take 10) (rseq log)) on an open log, codec :edn" :group :clojure :unit :micros
      :step "latest" :ops :latest :workloads [:W] :fraction 1/10 :starts [:first] :store :edn
      :classes {:flumelog-clj "bench.codecs/edn" :codec "bench.codecs/edn-alone"}
      :targets {:codec 0.1} :limited-by "The codec's own time for those ten."}])))

(def by-id (into {} (map (juxt :id identity)) rows))

(defn records
  "How many of a workload's records the row uses."
  ^long [row ^long records]
  (max 10 (long (* (:fraction row 1) records))))

(defn ops
  "How many operations a step of the row makes. The measured time is that of all of them."
  [row records]
  ((get counts (:ops row) identity) records))
