;; A part of flumelog.specs: the options.
(in-ns 'flumelog.specs)

(set! *warn-on-reflection* true)

;; Options of open. An option with the value nil counts as not given.

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

(s/def ::key (s/with-gen (s/or :bytes bytes? :secret-key (instance-of javax.crypto.SecretKey) :function ::function :passphrase (instance-of Passphrase))
               #(gen/fmap byte-array (gen/vector (gen/choose -128 127) 32))))
(s/def ::key-number (s/int-in 0 256))
(s/def :flumelog.specs.protect/id (s/with-gen (s/and string? #(re-matches #"[0-9a-f]{32}" %)) #(gen/return "00112233445566778899aabbccddeeff")))
(s/def ::sealed boolean?)
(defn- gen-bytes [] (gen/fmap byte-array (gen/vector (gen/choose -128 127) 32)))
(s/def ::sign (s/with-gen (s/or :bytes bytes? :key (instance-of PrivateKey) :pair (instance-of KeyPair) :signer (instance-of Signer)) gen-bytes))
(s/def ::trust (s/with-gen (s/or :bytes bytes? :key (instance-of PublicKey)) gen-bytes))
(defn- to-write
  "The same protection for a new log. The options that only check an existing log are left out."
  [protect]
  (let [without (if (map? protect) (dissoc protect :trust :id) protect)] (if (= {} without) :sealed without)))
(s/def ::named-protection
  (s/nilable (s/or :name #{:none :checked :sealed}
                   :encrypted (s/keys :req-un [::key] :opt-un [::key-number ::sealed ::sign ::trust :flumelog.specs.protect/id])
                   :signed (s/keys :req-un [(or ::sign ::trust)] :opt-un [:flumelog.specs.protect/id])
                   :pinned (s/keys :req-un [:flumelog.specs.protect/id]))))
(s/def ::protect (s/with-gen ::named-protection #(gen/fmap to-write (s/gen ::named-protection))))
(s/def ::every-records pos-int?)
(s/def ::every-ms (s/int-in 1 86400001))
(s/def ::seal (s/nilable (s/keys :opt-un [::every-records ::every-ms])))
(s/def ::head (s/with-gen (s/nilable (s/and map? #(contains? % :root))) #(gen/return nil)))
(s/def ::executor (s/with-gen (s/nilable (instance-of java.util.concurrent.Executor)) #(gen/return nil)))

(s/def ::sync
  (s/nilable (s/or :name #{:each :none}
                   :period (s/map-of #{:every-ms} (s/int-in 1 86400001) :count 1))))

(s/def ::get ::function)
(s/def ::set ::function)

(s/def ::cache
  (s/with-gen (s/nilable (s/or :cache (instance-of Cache) :functions (s/keys :req-un [::get ::set])))
    #(gen/fmap (fn [max-bytes] (BlockCache. max-bytes)) (gen/choose 0 1000000))))

(defn- one-of?
  "At most one of the two options is given."
  [first second]
  #(not (and (some? (first %)) (some? (second %)))))

(defn- width-where-stored? [{:keys [framing offset-bits]}]
  (not (and (= :legacy framing) (some? offset-bits))))

(defn- protected-where-possible? [{:keys [framing protect]}]
  (not (and (= :legacy framing) (some? protect) (not= [:name :none] protect))))

(defn- without-useless-seal
  "Options for a new log, which takes `:seal` only if it is sealed."
  [{:keys [protect] :as options}]
  (if (or (= :sealed protect) (and (map? protect) (or (:sealed protect) (:sign protect)))) options (dissoc options :seal)))

(s/def ::any-open-options
  (s/nilable (s/and (s/keys :opt-un [::codec ::mixed-codecs ::offset-bits ::framing ::mode ::sync ::block-bytes
                                     ::cache-blocks ::cache ::max-record-bytes ::write-buffer-bytes ::room-bytes ::progress
                                     ::create ::executor ::protect ::seal ::head])
                    width-where-stored?
                    protected-where-possible?
                    (one-of? :cache :cache-blocks))))
(s/def ::open-options (s/with-gen ::any-open-options #(gen/fmap without-useless-seal (s/gen ::any-open-options))))

;; Of flumelog.kafka/open, where :create is a map.

(s/def ::servers (s/or :text (s/and string? not-empty) :several (s/and (s/coll-of string?) seq)))
(s/def ::topic (s/and string? #(re-matches #"[a-zA-Z0-9._-]{1,249}" %)))
(s/def ::writer (s/nilable #{:exclusive :shared}))
(s/def ::timeout-ms (s/nilable (s/int-in 1000 600001)))
(s/def ::properties (s/nilable (s/map-of (s/or :text string? :key keyword?) any?)))
(s/def ::kafka-options
  (s/and (s/keys :req-un [::servers ::topic] :opt-un [::codec ::mixed-codecs ::mode ::writer ::timeout-ms ::properties ::max-record-bytes ::protect])
         #(contains? #{nil true false} (if (map? (:create %)) nil (:create %)))))

(s/def ::file-options
  (s/nilable (s/and (s/keys :opt-un [::progress ::codec ::framing ::offset-bits ::max-record-bytes ::head])
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

(s/def ::copy-from (s/nilable (s/and (s/keys :opt-un [::codec ::framing ::offset-bits ::max-record-bytes]) width-where-stored?)))
(s/def ::offsets-file (s/with-gen (s/nilable (s/or :none false? :path some?)) #(gen/elements [nil false])))
(s/def ::copy-options
  (s/nilable (s/and (s/keys :opt-un [::moved ::progress ::codec ::framing ::offset-bits ::max-record-bytes])
                    #(s/valid? ::copy-from (:from %))
                    #(s/valid? ::offsets-file (:offsets %))
                    width-where-stored?)))

;; Options of reading

;; A bound is an offset (any long) or a position of the log. Generated bounds are offsets.
(s/def ::position (s/and map? #(contains? % :id) #(contains? % :offset)))
(s/def ::bound (s/with-gen (s/nilable (s/or :offset int? :position ::position)) #(gen/one-of [(gen/return nil) (gen/large-integer)])))
(s/def ::gt ::bound)
(s/def ::gte ::bound)
(s/def ::lt ::bound)
(s/def ::lte ::bound)
(s/def ::limit (s/nilable nat-int?))
(s/def :flumelog.specs.reading/key (s/nilable #{:start :end}))
(s/def ::reverse (s/nilable boolean?))
(s/def ::old (s/nilable boolean?))
(s/def ::durable (s/nilable boolean?))
(s/def ::as (s/nilable #{:entries :values :offsets}))

(s/def ::on-decode-error
  (s/nilable (s/or :name #{:throw :skip}
                   :function (s/with-gen (s/and ifn? (complement keyword?)) #(s/gen ::function)))))

(s/def ::range-options
  (s/nilable (s/keys :opt-un [::gt ::gte ::lt ::lte ::reverse ::limit ::on-decode-error :flumelog.specs.reading/key])))

(s/def ::live-keys
  (s/keys :opt-un [::gt ::gte ::lt ::lte ::old ::limit ::durable ::as ::on-decode-error :flumelog.specs.reading/key]))
(s/def ::live-options (s/nilable ::live-keys))
(s/def ::since-options (s/nilable (s/keys :opt-un [:flumelog.specs.reading/key])))

(s/def ::buffer (s/nilable (s/or :records nat-int? :buffer (complement number?))))
(s/def ::chan some?)
(s/def ::close? (s/nilable boolean?))
(s/def ::live-chan-options
  (s/nilable (s/merge ::live-keys (s/keys :opt-un [::buffer ::chan ::close?]))))
