;; A part of flumelog.specs: the disk in memory, for tests.
(in-ns 'flumelog.specs)

(set! *warn-on-reflection* true)

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
