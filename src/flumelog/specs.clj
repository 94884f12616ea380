(ns flumelog.specs
  "Specs of the options and of the public functions. Nothing else loads this namespace: require it to have the arguments
   of calls checked while you develop, or to generate options. Unknown options pass: the log refuses them itself, and
   says which known one is nearest.

   * options: `::open-options` `::range-options` `::live-options` `::file-options` `::recover-options`
     `::compact-options` `::convert-options` `::live-chan-options`
   * what goes in and out: `::path` `::log` `::offset` `::entry` `::view` `::cursor` `::reference`

     (require '[flumelog.core :as log] 'flumelog.specs
              '[clojure.spec.alpha :as s] '[clojure.spec.test.alpha :as stest])
     (s/valid? :flumelog.specs/open-options {:sync {:every-ms 50}})   ;=> true
     (s/valid? :flumelog.specs/range-options {:limit -1})             ;=> false
     (def checked (stest/instrument (stest/enumerate-namespace 'flumelog.core)))
     (log/fetch \"no log\" 0)   ;=> throws Call to flumelog.core/fetch did not conform to spec...
     (= checked (stest/unstrument checked))   ;=> true"
  (:require [clojure.spec.alpha :as s]
            [clojure.spec.gen.alpha :as gen])
  (:import (clojure.lang IDeref)
           (flumelog.block BlockCache)
           (flumelog.codec Codec Codecs)
           (flumelog.coll EntriesView LiveView LogCollection LogCursor LogView)
           (flumelog.file LogFolder)
           (java.io File)
           (java.nio.file Path)
           (java.util Map)
           (java.util.concurrent CompletableFuture)
           (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(defn- instance-of [^Class type]
  #(instance? type %))

;; Options of open. A value of nil is the same as none.

(def ^:private text-codec
  {:encode #(.getBytes (pr-str %) "UTF-8")
   :decode #(String. ^bytes % "UTF-8")})

(s/def ::function
  (s/with-gen ifn? #(gen/return (constantly nil))))

(s/def ::encode ::function)
(s/def ::decode ::function)

(s/def ::codec
  (s/with-gen (s/nilable (s/or :name #{:edn :nippy :json :utf8 :bytes}
                               :codec (instance-of Codec)
                               :functions (s/keys :req-un [::encode ::decode])))
    #(gen/elements [nil :edn :nippy :json :utf8 :bytes Codecs/UTF8 text-codec])))

(s/def ::mixed-codecs (s/nilable boolean?))
(s/def ::offset-bits (s/nilable #{32 48 53}))
(s/def ::framing (s/nilable #{:flume :legacy}))
(s/def ::mode (s/nilable #{:read-write :read}))
(s/def ::block-bytes (s/nilable (s/int-in 1 67108865)))
(s/def ::cache-blocks (s/nilable (s/int-in 0 2147483648)))
(s/def ::max-record-bytes (s/nilable (s/int-in 1 2147483584)))
(s/def ::write-buffer-bytes (s/nilable (s/int-in 4096 67108865)))
(s/def ::progress (s/nilable ::function))
(s/def ::room-bytes (s/nilable (s/int-in 4096 67108865)))
(s/def ::create (s/with-gen (s/nilable boolean?) #(gen/elements [nil true])))

(s/def ::sync
  (s/nilable (s/or :name #{:each :none}
                   :period (s/map-of #{:every-ms} (s/int-in 1 86400001) :count 1))))

(s/def ::cache
  (s/with-gen (s/nilable (instance-of BlockCache))
    #(gen/fmap (fn [max-bytes] (BlockCache. max-bytes)) (gen/choose 0 1000000))))

(defn- one-of?
  "At most one of the two options is given."
  [first second]
  #(not (and (some? (first %)) (some? (second %)))))

(defn- width-where-stored? [{:keys [framing offset-bits]}]
  (not (and (= :legacy framing) (some? offset-bits))))

(s/def ::open-options
  (s/nilable (s/and (s/keys :opt-un [::codec ::mixed-codecs ::offset-bits ::framing ::mode ::sync ::block-bytes
                                     ::cache-blocks ::cache ::max-record-bytes ::write-buffer-bytes ::room-bytes ::progress
                                     ::create])
                    width-where-stored?
                    (one-of? :cache :cache-blocks))))

(s/def ::file-options
  (s/nilable (s/and (s/keys :opt-un [::progress ::codec ::framing ::offset-bits ::max-record-bytes])
                    width-where-stored?)))

(s/def ::cut-at (s/nilable int?))
(s/def ::recover-options
  (s/nilable (s/keys :opt-un [::cut-at ::progress ::codec ::framing ::offset-bits ::max-record-bytes])))

(s/def ::moved (s/nilable ::function))
(s/def ::from ::file-options)
(s/def ::compact-options
  (s/nilable (s/and (s/keys :opt-un [::moved ::progress ::framing ::offset-bits ::max-record-bytes]) width-where-stored?)))
(s/def ::convert-options
  (s/nilable (s/and (s/keys :opt-un [::from ::moved ::progress ::framing ::offset-bits ::max-record-bytes])
                    width-where-stored?)))

;; Options of reading

;; A bound is an offset, any long, or a position of the log. What is generated is an offset.
(s/def ::position (s/and map? #(contains? % :id) #(contains? % :offset)))
(s/def ::bound (s/with-gen (s/nilable (s/or :offset int? :position ::position)) #(gen/one-of [(gen/return nil) (gen/large-integer)])))
(s/def ::gt ::bound)
(s/def ::gte ::bound)
(s/def ::lt ::bound)
(s/def ::lte ::bound)
(s/def ::limit (s/nilable nat-int?))
(s/def ::reverse (s/nilable boolean?))
(s/def ::old (s/nilable boolean?))
(s/def ::durable (s/nilable boolean?))
(s/def ::as (s/nilable #{:entries :values :offsets}))

(s/def ::on-decode-error
  (s/nilable (s/or :name #{:throw :skip}
                   :function (s/with-gen (s/and ifn? (complement keyword?)) #(s/gen ::function)))))

(s/def ::range-options
  (s/nilable (s/keys :opt-un [::gt ::gte ::lt ::lte ::reverse ::limit ::on-decode-error])))

(s/def ::live-keys
  (s/keys :opt-un [::gt ::gte ::old ::limit ::durable ::as ::on-decode-error]))
(s/def ::live-options (s/nilable ::live-keys))

(s/def ::buffer (s/nilable (s/or :records nat-int? :buffer (complement number?))))
(s/def ::chan some?)
(s/def ::close? (s/nilable boolean?))
(s/def ::live-chan-options
  (s/nilable (s/merge ::live-keys (s/keys :opt-un [::buffer ::chan ::close?]))))

;; What goes in and out

(s/def ::path
  (s/or :text (s/and string? not-empty) :file (instance-of File) :path (instance-of Path)))
(s/def ::log (instance-of LogCollection))
(s/def ::cursor (instance-of LogCursor))
(s/def ::offset nat-int?)
(s/def ::entry (s/tuple ::offset any?))
(s/def ::reference (instance-of IDeref))
(s/def ::view (instance-of LogView))

;; Functions

;; The log itself says more of an offset that is none, so anything that is an integer passes here.

(s/fdef flumelog.core/open
  :args (s/cat :path ::path :options (s/? ::open-options))
  :ret  ::log)
(s/fdef flumelog.memory/open
  :args (s/cat :options (s/? ::open-options))
  :ret  ::log)
(s/fdef flumelog.core/block-cache
  :args (s/cat :max-bytes nat-int?)
  :ret  (instance-of BlockCache))

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
(s/fdef flumelog.core/sync!
  :args (s/cat :log ::log)
  :ret  nil?)

(s/fdef flumelog.core/fetch
  :args (s/cat :log ::log :offset (s/or :offset int? :position ::position))
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
  :args (s/cat :log ::log)
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
(s/fdef flumelog.core/info
  :args (s/cat :log ::log)
  :ret  map?)
(s/fdef flumelog.core/id
  :args (s/cat :log ::log)
  :ret  (s/nilable string?))
(s/fdef flumelog.core/recovery
  :args (s/cat :log ::log)
  :ret  map?)

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
(s/fdef flumelog.core/drop-side-files!
  :args (s/cat :path ::path)
  :ret  map?)
(s/fdef flumelog.core/convert
  :args (s/cat :from ::path :to ::path :options (s/? ::convert-options))
  :ret  map?)

(s/fdef flumelog.async/live-chan
  :args (s/cat :log ::log :options (s/? ::live-chan-options))
  :ret  some?)

;; A disk in memory, for tests

(s/def ::disk (instance-of IDeref))
(s/def ::name string?)
(s/def ::bytes bytes?)
(s/def ::file (instance-of Pattern))
(s/def ::op #{:read :append :overwrite :truncate :force :open})
(s/def ::after pos-int?)
(s/def ::with #{:io-error :full :half})
(s/def ::for-ever boolean?)
(s/def ::fault (s/keys :req-un [::op] :opt-un [::after ::with ::for-ever ::file]))
(s/def ::sector-bytes pos-int?)
(s/def ::power-loss-options (s/nilable (s/keys :opt-un [::sector-bytes])))

(s/fdef flumelog.test-disk/disk
  :args (s/cat)
  :ret  ::disk)
(s/fdef flumelog.test-disk/contents
  :args (s/cat :disk ::disk :name ::name)
  :ret  (s/nilable ::bytes))
(s/fdef flumelog.test-disk/put-contents
  :args (s/cat :disk ::disk :name ::name :data ::bytes)
  :ret  ::disk)
(s/fdef flumelog.test-disk/files
  :args (s/cat :disk ::disk)
  :ret  (s/coll-of ::name))
(s/fdef flumelog.test-disk/calls
  :args (s/cat :disk ::disk :kind (s/? ::op))
  :ret  nat-int?)
(s/fdef flumelog.test-disk/break-at!
  :args (s/cat :disk ::disk :n pos-int?)
  :ret  any?)
(s/fdef flumelog.test-disk/fail!
  :args (s/cat :disk ::disk :fault ::fault)
  :ret  any?)
(s/fdef flumelog.test-disk/hold!
  :args (s/cat :disk ::disk :op ::op :file ::file :go-on (instance-of IDeref))
  :ret  ::disk)
(s/fdef flumelog.test-disk/heal!
  :args (s/cat :disk ::disk)
  :ret  any?)
(s/fdef flumelog.test-disk/folder
  :args (s/cat :disk ::disk)
  :ret  (instance-of LogFolder))
(s/fdef flumelog.test-disk/open
  :args (s/cat :disk ::disk :name ::name :options (s/? ::open-options))
  :ret  ::log)
(s/fdef flumelog.test-disk/kill
  :args (s/cat :disk ::disk)
  :ret  ::disk)
(s/fdef flumelog.test-disk/lose-power
  :args (s/cat :disk ::disk :seed int? :options (s/? ::power-loss-options))
  :ret  ::disk)
(s/fdef flumelog.test-disk/every-power-loss
  :args (s/cat :disk ::disk :options (s/? ::power-loss-options))
  :ret  (s/coll-of ::disk))
