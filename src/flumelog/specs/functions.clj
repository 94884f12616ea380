;; A part of flumelog.specs: the functions, their arguments and their results.
(in-ns 'flumelog.specs)

(set! *warn-on-reflection* true)

;; Arguments and results

(s/def ::path
  (s/or :text (s/and string? not-empty) :file (instance-of File) :path (instance-of Path)))
(s/def ::log (instance-of LogCollection))
(s/def ::cursor (instance-of LogCursor))
(s/def ::offset nat-int?)
(s/def ::entry (s/tuple ::offset any?))
(s/def ::reference (instance-of IDeref))
(s/def ::view (instance-of LogView))

;; Functions

;; Any integer passes as an offset: for one that is not an offset, the log's own error says more than a spec can.

(s/fdef flumelog.core/open
  :args (s/cat :path ::path :options (s/? ::open-options))
  :ret  ::log)
(s/fdef flumelog.memory/open
  :args (s/cat :options (s/? ::open-options))
  :ret  ::log)
(s/fdef flumelog.kafka/open
  :args (s/cat :options ::kafka-options)
  :ret  ::log)
(s/fdef flumelog.core/block-cache
  :args (s/cat :max-bytes nat-int?)
  :ret  (instance-of BlockCache))

(s/def ::kdf #{:pbkdf2 :scrypt :argon2id})

(s/fdef flumelog.core/key-of-passphrase
  :args (s/cat :passphrase (s/or :text (s/and string? seq) :chars (instance-of (Class/forName "[C"))) :options (s/? (s/nilable (s/keys :opt-un [::kdf]))))
  :ret  (instance-of Passphrase))

(s/fdef flumelog.core/close!
  :args (s/cat :log ::log)
  :ret  nil?)

(s/def ::values
  (s/with-gen (s/and seqable? #(not (or (map? %) (instance? Map %) (instance? CharSequence %))))
    #(s/gen (s/coll-of any?))))

(s/fdef flumelog.core/append!
  :args (s/cat :log ::log :value any?)
  :ret  ::offset)
(s/fdef flumelog.core/append-all!
  :args (s/cat :log ::log :values ::values)
  :ret  (s/coll-of ::offset :kind vector?))
(s/fdef flumelog.core/append-async!
  :args (s/cat :log ::log :value any?)
  :ret  (instance-of CompletableFuture))
(s/fdef flumelog.core/appending
  :args (s/cat :log ::log)
  :ret  fn?)
(s/def ::offsets
  (s/with-gen (s/and seqable? #(every? (some-fn int? map?) %)) #(s/gen (s/coll-of int?))))
(s/fdef flumelog.core/delete!
  :args (s/cat :log ::log :offset-or-offsets (s/or :one int? :position ::position :several ::offsets))
  :ret  nat-int?)
(s/fdef flumelog.core/forget-before!
  :args (s/cat :log ::log :offset (s/or :offset int? :position ::position))
  :ret  int?)
(s/fdef flumelog.core/sync!
  :args (s/cat :log ::log)
  :ret  nil?)

(s/fdef flumelog.core/fetch
  :args (s/cat :log ::log :offset (s/or :offset int? :position ::position))
  :ret  any?)
(s/fdef flumelog.core/ending-at
  :args (s/cat :log ::log :end int? :not-found (s/? any?))
  :ret  any?)
(s/fdef flumelog.core/entries
  :args (s/cat :log ::log :options (s/? ::range-options))
  :ret  (instance-of EntriesView))
(s/fdef flumelog.core/values
  :args (s/cat :log ::log :options (s/? ::range-options))
  :ret  ::view)
(s/fdef flumelog.core/offsets
  :args (s/cat :log ::log :options (s/? ::range-options))
  :ret  ::view)
(s/fdef flumelog.core/live
  :args (s/cat :log ::log :options (s/? ::live-options))
  :ret  (instance-of LiveView))
(s/fdef flumelog.core/cursor
  :args (s/cat :log ::log)
  :ret  ::cursor)
(s/fdef flumelog.core/next!
  :args (s/cat :cursor ::cursor)
  :ret  (s/nilable ::entry))
(s/fdef flumelog.core/prev!
  :args (s/cat :cursor ::cursor)
  :ret  (s/nilable ::entry))
(s/fdef flumelog.core/seek!
  :args (s/cat :cursor ::cursor :position int?)
  :ret  ::cursor)

(s/fdef flumelog.core/since
  :args (s/cat :log ::log :options (s/? ::since-options))
  :ret  ::reference)
(s/fdef flumelog.core/position
  :args (s/cat :log ::log :offset (s/? (s/nilable int?)))
  :ret  ::position)
(s/fdef flumelog.core/durable
  :args (s/cat :log ::log)
  :ret  ::reference)
(s/fdef flumelog.core/await-since
  :args (s/cat :log ::log :offset int? :timeout-ms int? :timeout-val (s/? any?))
  :ret  any?)
(s/def ::count-options (s/nilable (s/keys :opt-un [::progress])))
(s/fdef flumelog.core/count
  :args (s/cat :log ::log :options (s/? ::count-options))
  :ret  nat-int?)
(s/fdef flumelog.core/info
  :args (s/cat :log ::log)
  :ret  map?)
(s/fdef flumelog.core/id
  :args (s/cat :log ::log)
  :ret  (s/nilable string?))
(s/fdef flumelog.core/recovery
  :args (s/cat :log ::log)
  :ret  map?)

(s/def ::tree-head (s/and map? #(contains? % :root)))
(s/fdef flumelog.core/head
  :args (s/cat :log ::log)
  :ret  (s/nilable ::tree-head))
(s/fdef flumelog.core/seal!
  :args (s/cat :log ::log)
  :ret  ::tree-head)
(s/fdef flumelog.core/prove
  :args (s/cat :log ::log :offset-or-head (s/or :offset int? :map map?))
  :ret  map?)
(s/fdef flumelog.core/proves?
  :args (s/cat :proof any? :value any? :options (s/? (s/nilable (s/keys :opt-un [::codec ::key ::trust]))))
  :ret  boolean?)

(s/fdef flumelog.core/verify
  :args (s/cat :path ::path :options (s/? ::file-options))
  :ret  map?)
(s/fdef flumelog.core/recover!
  :args (s/cat :path ::path :options ::recover-options)
  :ret  map?)
(s/fdef flumelog.core/salvage
  :args (s/cat :from ::path :to ::path :options (s/? ::file-options))
  :ret  map?)

(s/def ::backup-options (s/nilable (s/keys :opt-un [::progress])))
(s/fdef flumelog.core/backup!
  :args (s/cat :log ::log :path ::path :options (s/? ::backup-options))
  :ret  map?)
(s/fdef flumelog.core/compact!
  :args (s/cat :path ::path :options (s/? ::compact-options))
  :ret  map?)
(s/fdef flumelog.core/copy!
  :args (s/cat :from ::path :to ::path :options (s/? ::copy-options))
  :ret  map?)
(s/fdef flumelog.core/offset-map
  :args (s/cat :path ::path)
  :ret  ifn?)
(s/fdef flumelog.core/drop-side-files!
  :args (s/cat :path ::path :options (s/? (s/nilable (s/keys :opt-un [::protect]))))
  :ret  map?)
(s/fdef flumelog.core/convert
  :args (s/cat :from ::path :to ::path :options (s/? ::convert-options))
  :ret  map?)

(s/fdef flumelog.async/live-chan
  :args (s/cat :log ::log :options (s/? ::live-chan-options))
  :ret  some?)
