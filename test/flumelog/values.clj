(ns flumelog.values
  "Generators of values of all classes of Clojure, java.util, java.time and java.sql, and a second definition of when
   two values are the same, which differs from the code of the library."
  (:require [clojure.test.check.generators :as gen])
  (:import (clojure.lang PersistentQueue Ratio)
           (java.time DayOfWeek Duration Instant LocalDate LocalDateTime LocalTime Month MonthDay OffsetDateTime OffsetTime
                      Period Year YearMonth ZoneId ZoneOffset ZonedDateTime)
           (java.util Date List Map)
           (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(defrecord Event [n text])
(deftype Opaque [n])
(deftype Equal [n]
  Object
  (equals [_ other] (and (instance? Equal other) (= n (.n ^Equal other))))
  (hashCode [_] (hash n)))

;; Sameness

(declare portrait)

(defn- entry-portraits [in-text? m]
  (frequencies (map (fn [[k v]] [(portrait in-text? k) (portrait in-text? v)]) m)))

(defn portrait
  "A value that is `=` to the portrait of another value if and only if both values are the same."
  [in-text? x]
  (cond
    (nil? x) nil
    (and (or (double? x) (float? x)) (Double/isNaN (double x))) (if in-text? ::nan [::nan (class x)])
    (instance? Float x)   (if in-text? (Double/parseDouble (str x)) [::float x])
    (record? x)           [::record (class x) (entry-portraits in-text? x)]
    (instance? Map x)     [::map (when (and (not in-text?) (sorted? x)) (map (partial portrait in-text?) (keys x)))
                           (entry-portraits in-text? x)]
    (instance? java.util.Set x) [::set (when (and (not in-text?) (sorted? x)) (map (partial portrait in-text?) x))
                                 (frequencies (map (partial portrait in-text?) x))]
    (or (sequential? x) (instance? List x)) (mapv (partial portrait in-text?) x)
    (.isArray (class x))  [::array (class x) (mapv (partial portrait in-text?) x)]
    (instance? Pattern x) [::pattern (str x) (.flags ^Pattern x)]
    :else x))

(defn same? [in-text? written read]
  (= (portrait in-text? written) (portrait in-text? read)))

;; Values that contain no others

(def ^:private any-char (gen/fmap char (gen/one-of [(gen/choose 0 127) (gen/choose 0 0xffff) (gen/elements [0xd800 0xdfff 0x2028 0xfffd])])))
(def ^:private any-text
  (gen/one-of [gen/string-ascii gen/string (gen/fmap #(apply str %) (gen/vector any-char 0 5)) (gen/return "\ud83d\ude00")
               (gen/elements ["nil" "1" "a b" "" "\"" "\\" "##NaN" "NPY\u0000" "{\"n\":1}" "a/b/c" ":a" "%id.sha256"])]))

(def ^:private idents
  (gen/one-of [gen/keyword gen/keyword-ns gen/symbol gen/symbol-ns (gen/fmap keyword any-text) (gen/fmap symbol any-text)
               (gen/fmap (fn [[a b]] (keyword a b)) (gen/tuple any-text any-text))]))

(def ^:private numbers
  (gen/one-of [gen/large-integer (gen/elements [0 -1 Long/MAX_VALUE Long/MIN_VALUE]) gen/byte (gen/fmap short gen/byte) (gen/fmap int gen/nat)
               gen/double (gen/elements [0.0 -0.0 ##NaN ##Inf ##-Inf 1e21 1e-7 Double/MIN_VALUE Double/MAX_VALUE 2.0e-322 9.9e-324])
               (gen/fmap unchecked-float gen/double) (gen/elements [(float 0.1) (float 0.5) Float/NaN Float/MIN_VALUE])
               gen/ratio (gen/return (Ratio. (biginteger 2) (biginteger 4)))
               gen/size-bounded-bigint (gen/fmap biginteger gen/size-bounded-bigint) (gen/return 123456789012345678901234567890N)
               (gen/fmap (fn [[n scale]] (BigDecimal. (biginteger n) (int scale))) (gen/tuple gen/large-integer (gen/choose -400 400)))
               (gen/return 1E+400M) (gen/fmap #(java.util.concurrent.atomic.AtomicLong. %) gen/large-integer)]))

(def ^:private millis (gen/one-of [gen/large-integer (gen/choose -99999999999999 999999999999999) (gen/elements [0 -62135596800001])]))
(def ^:private instants (gen/fmap (fn [[s n]] (Instant/ofEpochSecond s n)) (gen/tuple (gen/choose -99999999999 99999999999) (gen/choose 0 999999999))))
(def ^:private local-times (gen/fmap (fn [^Instant i] (LocalDateTime/ofInstant i ZoneOffset/UTC)) instants))

(def ^:private times
  (gen/one-of
    [instants local-times
     (gen/fmap #(Date. (long %)) millis) (gen/fmap #(java.sql.Date. (long %)) millis) (gen/fmap #(java.sql.Time. (long %)) millis)
     (gen/fmap (fn [[ms n]] (doto (java.sql.Timestamp. (long ms)) (.setNanos n))) (gen/tuple millis (gen/choose 0 999999999)))
     (gen/fmap #(doto (java.util.GregorianCalendar.) (.setTimeInMillis %)) (gen/choose 0 99999999999))
     (gen/fmap #(.toLocalDate ^LocalDateTime %) local-times) (gen/fmap #(.toLocalTime ^LocalDateTime %) local-times)
     (gen/fmap #(OffsetDateTime/of ^LocalDateTime % (ZoneOffset/ofHours 2)) local-times)
     (gen/fmap #(ZonedDateTime/of ^LocalDateTime % (ZoneId/of "Europe/Berlin")) local-times)
     (gen/fmap (fn [[s n]] (Duration/ofSeconds s n)) (gen/tuple gen/large-integer (gen/choose 0 999999999)))
     (gen/fmap (fn [[y m d]] (Period/of y m d)) (gen/tuple gen/byte gen/byte gen/byte))
     (gen/elements [(Year/of 2020) (YearMonth/of 2020 2) (MonthDay/of 2 29) DayOfWeek/MONDAY Month/MAY (ZoneId/of "Europe/Berlin")
                    ZoneOffset/UTC (OffsetTime/of 1 2 3 4 ZoneOffset/UTC) LocalTime/MIDNIGHT LocalDate/MAX
                    (java.time.Clock/systemUTC) (java.util.TimeZone/getDefault)])]))

(def ^:private others
  (gen/one-of
    [gen/uuid gen/bytes (gen/fmap int-array (gen/vector (gen/fmap int gen/nat) 0 3)) (gen/fmap double-array (gen/vector gen/double 0 3))
     (gen/fmap #(into-array String %) (gen/vector gen/string-ascii 0 3)) (gen/fmap #(char-array %) gen/string-ascii)
     (gen/fmap (fn [[s flags]] (Pattern/compile (Pattern/quote s) flags)) (gen/tuple gen/string-ascii (gen/elements [0 0 2 8 32])))
     (gen/fmap #(Opaque. %) gen/nat) (gen/fmap #(Equal. %) gen/nat)
     (gen/elements [inc (fn [x] x) (atom 1) (delay 1) (promise) #'inc String *ns* (Object.) (Exception. "x") (ex-info "x" {}) (java.net.URI. "a:b")
                    (java.net.URL. "http://a") (java.io.File. "a") java.util.Locale/ROOT (java.util.Currency/getInstance "EUR")
                    (StringBuilder. "x") (java.util.Optional/of 1) (java.util.BitSet.) (Thread/currentThread) (tagged-literal 'a/b [1])
                    (tagged-literal 'inst "2020-01-01") (reader-conditional '(:clj 1) false) (volatile! 1) (Boolean. "true")
                    (java.util.concurrent.TimeUnit/SECONDS) (java.util.StringTokenizer. "a") (java.util.Random. 1)])]))

(def ^:private leaves
  (gen/frequency [[4 numbers] [3 any-text] [3 idents] [1 (gen/elements [nil true false])] [1 any-char] [2 times] [2 others]]))

;; Values that contain others

(defn- filled [make fill]
  #(reduce fill (make) %))

(def ^:private lists
  [vec list* #(map identity %) #(apply list %) #(into PersistentQueue/EMPTY %) #(subvec (vec (cons 0 %)) 1) #(eduction (map identity) %)
   #(cons 0 %) #(seq (vec %)) object-array #(into-array Object %) #(take 2 (cycle (or (seq %) [1]))) #(with-meta (vec %) {:type ::odd, :n 1})
   #(java.util.ArrayList. ^List (vec %)) #(java.util.LinkedList. ^List (vec %)) #(java.util.Vector. ^List (vec %))
   #(doto (java.util.Stack.) (.addAll (vec %))) #(java.util.Collections/unmodifiableList (vec %)) #(java.util.Arrays/asList (object-array %))
   #(java.util.ArrayDeque. ^List (vec (remove nil? %))) #(java.util.concurrent.CopyOnWriteArrayList. ^List (vec %))
   set #(into #{} %) #(java.util.HashSet. ^List (vec %)) #(java.util.LinkedHashSet. ^List (vec %))])

(def ^:private sorted
  [#(apply sorted-set %) #(apply sorted-set-by > %) #(java.util.TreeSet. ^List (vec %)) #(java.util.PriorityQueue. ^List (vec %))
   #(zipmap % %) #(into (sorted-map) (map vector % %)) #(into (sorted-map-by >) (map vector % %)) #(apply vector-of :long %)
   #(java.util.TreeMap. ^Map (zipmap % %))])

(def ^:private maps
  [#(into {} %) #(apply array-map (mapcat identity (into {} %))) #(apply hash-map (mapcat identity %)) #(into {} (map (fn [[k v]] [[k] v])) %)
   (filled #(java.util.HashMap.) (fn [^Map m [k v]] (doto m (.put k v)))) (filled #(java.util.LinkedHashMap.) (fn [^Map m [k v]] (doto m (.put k v))))
   #(map->Event {:n (ffirst %) :text (second (first %))}) #(assoc (->Event 1 2) :extra (vec %))
   #(with-meta (into {} %) {:type ::odd}) #(if-let [e (first (into {} %))] e {}) #(java.util.AbstractMap$SimpleEntry. (ffirst %) 1)
   #(into (struct-map (create-struct :a :b) :a 1) %)])

(defn- made
  "A collection of the items. It is empty if it must be sorted and the items can't be."
  [[make items]]
  (try (make items) (catch ClassCastException _ (make ())) (catch NullPointerException _ (make ()))))

(defn- holding [inner]
  (gen/one-of
    [(gen/fmap made (gen/tuple (gen/elements lists) (gen/vector inner 0 4)))
     (gen/fmap made (gen/tuple (gen/elements maps) (gen/vector (gen/tuple inner inner) 0 4)))
     (gen/fmap made (gen/tuple (gen/elements sorted) (gen/vector gen/large-integer 0 4)))]))

(def any-value
  "A generator of values of any of the classes, mostly with others in them."
  (gen/recursive-gen holding leaves))

(def plain-value
  "A generator of values that every codec except :json mostly reads back."
  gen/any-printable-equatable)
