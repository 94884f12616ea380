(ns flumelog.codec.nippy
  "Values in nippy's binary form: Clojure's data, byte arrays and arrays of Object, java.util.Date and UUID, and the
   Instant, Duration and Period of java.time. Lists, sets and maps of java.util are read back as Clojure's, with equal
   content. Any other value is refused when it is appended: append its text, or an Instant.

   Records and deftypes are written and read only when their class is named, because a file from another source could
   name any class on the class path: see `codec-with`. Java's serialization and nippy's printing are never used.

   Data of more than 8 KiB is compressed with LZ4. Before compression, data may be as long as the smaller of 64 MiB and
   255 times `:max-record-bytes`, or as long as `:max-record-bytes` where that is more.

   Needs com.taoensso/nippy."
  (:require [taoensso.nippy :as nippy])
  (:import (clojure.lang Compiler DynamicClassLoader PersistentArrayMap RT)
           (flumelog.codec Codec SliceCodec)
           (flumelog.log OptionMap)
           (flumelog.value ByteInput ByteOutput NippyValue Same)
           (java.nio ByteBuffer)
           (java.util Arrays List Map Set)
           (net.jpountz.lz4 LZ4Compressor LZ4Factory LZ4SafeDecompressor)))

(set! *warn-on-reflection* true)

;; Nippy's data begins with NPY and a byte that names the compression of the rest.

(def ^:private header-bytes 4)
(def ^:private plain 0)
(def ^:private lz4 8)
(def ^:private ^"[B" mark (.getBytes "NPY" "US-ASCII"))

;; Only the pure Java LZ4: Java 25 warns of the native one, and of the one that uses Unsafe.
(def ^:private ^LZ4Compressor compressor (.fastCompressor (LZ4Factory/safeInstance)))
(def ^:private ^LZ4SafeDecompressor decompressor (.safeDecompressor (LZ4Factory/safeInstance)))
(def ^:private compressed-from "Shorter data is not compressed." 8192)
(def ^:private most-times-shorter "The best ratio that LZ4 can reach." 255)

;; Writing

(defn- write-other
  "Writes a value of a class that nippy does not know. It replaces nippy's own fallback, which would print the value."
  [out value]
  (nippy/freeze-to-out!
    out
    (cond
      (instance? Map value)  (into {} value)
      (instance? Set value)  (set value)
      (instance? List value) (vec value)
      :else (throw (IllegalArgumentException.
                     (str "nippy has no form for a " (.getName (class value)) "; append what it is made of: numbers, text,"
                          " an Instant, a map"))))))

(defn- freeze-to! [^ByteOutput out value known?]
  (let [^ThreadLocal cache nippy/-cache-proxy]
    (try
      (.set cache (volatile! nil))
      (if known?
        (nippy/freeze-to-out! out value)
        (with-bindings {#'nippy/*freeze-fallback* write-other} (nippy/freeze-to-out! out value)))
      (finally (.remove cache)))))

(defn- compressed ^bytes [^bytes data]
  (let [length (- (alength data) (long header-bytes))
        out (ByteOutput. Integer/MAX_VALUE)]
    (doto out (.write mark) (.writeByte lz4) (.writeInt length))
    (.write out (.compress compressor data (int header-bytes) (int length)))
    (.toBytes out)))

(defn- most-bytes
  "The largest number of bytes that data may have before it is compressed."
  ^long [^long max-bytes]
  (max max-bytes (min (* 64 1024 1024) (* (long most-times-shorter) max-bytes))))

(defn- freeze ^bytes [value known? ^long most]
  (let [out (doto (ByteOutput. (int (min Integer/MAX_VALUE (+ most (long header-bytes))))) (.write mark) (.writeByte plain))]
    (freeze-to! out value known?)
    (let [data (.toBytes out)]
      (if (> (- (alength data) (long header-bytes)) (long compressed-from)) (compressed data) data))))

;; Reading

(defn- refuse-serializable
  "Refuses every class. It replaces nippy's list of allowed Serializable classes."
  [class-name]
  (throw (IllegalArgumentException. (str "its data is a " class-name " by Java's serialization, which is not used"))))

(defn- not-allowed ^String [class-name]
  (str "it has the class " class-name ", which is not allowed: open the log with :codec "
       "(flumelog.codec.nippy/codec-with {:classes #{\"" class-name "\"}}) if you trust the file"))

(def ^:private ^DynamicClassLoader finder
  "Finds classes that were defined at a REPL; for a name that was defined twice, the newer class."
  (DynamicClassLoader. (RT/baseLoader)))

(defn- class-named [^String class-name]
  (try
    (.loadClass finder class-name)
    (catch ClassNotFoundException _
      (try (RT/classForName class-name) (catch ClassNotFoundException _ nil)))))

(defn- loader
  "A class loader that knows only these classes, a map from names. Nippy finds the classes of records and deftypes
   through Clojure's loader. This one throws an error for others, since nippy catches exceptions there."
  [classes]
  (proxy [DynamicClassLoader] [(RT/baseLoader)]
    (loadClass
      ([^String class-name]
       (or (get classes class-name)
           (throw (NoClassDefFoundError.
                    (if (contains? classes class-name)
                      (str "the class " class-name " is allowed, and is not loaded: require its namespace first")
                      (not-allowed class-name))))))
      ([^String class-name _]
       (.loadClass ^ClassLoader this class-name)))))

(defn- newest-loader
  "A function that returns a loader of the classes that have these names now: a REPL may define a record again."
  [names]
  (let [made (volatile! {:classes {} :loader (loader {})})]
    (fn []
      (let [classes (reduce #(assoc %1 %2 (class-named %2)) {} names)
            {known :classes :as last-made} @made]
        (:loader (if (= known classes) last-made (vreset! made {:classes classes :loader (loader classes)})))))))

(def ^:private array-of-objects (class (object-array 0)))

(defn- placeholder
  "The data that nippy put into the value in place of a part that it could not make; nil when there is none."
  [value]
  (cond
    (coll? value)
    (or (when (and (instance? PersistentArrayMap value) (= 1 (count value)))
          (let [made (:nippy/unthawable value)] (when (map? made) made)))
        (some placeholder value)
        (some-> (meta value) placeholder))
    (instance? array-of-objects value) (some placeholder (seq value))))

(defn- check-made [value]
  (when-let [{:keys [type class-name content exception]} (placeholder value)]
    (throw (IllegalArgumentException.
             (str "nippy can't make a value of its data: " (or class-name content type)
                  (when exception (str " (" (ex-message exception) ")")))
             (when (instance? Throwable exception) exception)))))

(defn- root-cause
  "The cause of an error of nippy, which wraps it once for each enclosing collection."
  [e]
  (if (instance? clojure.lang.ExceptionInfo e) (recur (or (ex-cause e) (IllegalArgumentException. (ex-message e) e))) e))

(defn- thaw-from [^bytes bytes from length]
  (let [in (ByteInput. bytes (int from) (int length) (some? (seq nippy/*custom-readers*)))
        ^ThreadLocal cache nippy/-cache-proxy
        value (try
                (.set cache (volatile! nil))
                (nippy/thaw-from-in! in)
                (finally (.remove cache)))]
    (when (pos? (.left in))
      (throw (IllegalArgumentException. (str "it has " (.left in) " more bytes behind its value"))))
    (when (.mayHoldPlaceholders in) (check-made value))
    value))

(defn- decompressed ^bytes [^bytes bytes from length]
  (let [from (long from), length (long length)
        in (doto (ByteInput. bytes (int from) (int length) false) (.skipBytes header-bytes))
        size (.readLength in most-times-shorter)
        data (byte-array size)]
    (when (not= size (.decompress decompressor bytes (int (+ from 8)) (int (- length 8)) data (int 0)))
      (throw (IllegalArgumentException. "its compressed data is shorter than it says")))
    data))

(defn- nippy-data? [^bytes bytes from length]
  (let [from (long from)]
    (and (> (long length) (long header-bytes))
         (Arrays/equals bytes (int from) (int (+ from 3)) mark (int 0) (int 3)))))

(def ^:private snappy 1)
(def ^:private lzma2 11)

(defn- varint
  "The value of the variable-length integer, lowest 7 bits first, at the start of Snappy's data."
  ^long [^bytes bytes ^long from ^long end]
  (loop [i from, shift 0, n 0]
    (let [b (long (if (and (< i end) (< shift 35)) (aget bytes i) 0))
          n (bit-or n (bit-shift-left (bit-and b 0x7F) shift))]
      (if (neg? b) (recur (inc i) (+ shift 7) n) n))))

(defn- check-claim
  "Throws when data of nippy's other compressors claims to need more than a quarter of the heap: these compressors
   allocate an array of the claimed size before they read on."
  [^bytes bytes ^long from ^long length]
  (let [kind (long (aget bytes (+ from 3))), start (+ from (long header-bytes)), end (+ from length)
        claimed (cond
                  (= kind (long snappy)) (varint bytes start end)
                  (and (= kind (long lzma2)) (<= (+ start 4) end)) (bit-and 0xFFFFFFFF (.getInt (ByteBuffer/wrap bytes) (int start)))
                  :else 0)]
    (when (> (long claimed) (quot (.maxMemory (Runtime/getRuntime)) 4))
      (throw (IllegalArgumentException. (str "its compressed data would take " claimed " bytes, more than a quarter of this JVM's heap"))))))

(defn- thaw [^bytes bytes from length]
  (if-not (nippy-data? bytes from length)
    (throw (IllegalArgumentException. "it does not begin with the letters NPY, as nippy's data does"))
    (let [from (long from), length (long length), kind (aget bytes (+ from 3))]
      (cond
        (== kind (long plain)) (thaw-from bytes (+ from 4) (- length 4))
        (== kind (long lz4))   (let [data (decompressed bytes from length)] (thaw-from data 0 (alength data)))
        :else                  (doto (do (check-claim bytes from length) (nippy/thaw (Arrays/copyOfRange bytes (int from) (int (+ from length))))) check-made)))))

(defn- thaw-with [loader bytes from length]
  (try
    (with-bindings {Compiler/LOADER loader
                    #'nippy/*thaw-serializable-allowlist* refuse-serializable
                    #'nippy/*serializable-whitelist* nil}
      (thaw bytes from length))
    (catch NoClassDefFoundError e (throw (IllegalArgumentException. (ex-message e) e)))
    (catch clojure.lang.ExceptionInfo e (throw (root-cause e)))))

;; The codec

(defn- write ^bytes [->loader value max-bytes]
  (let [most (most-bytes max-bytes)
        known? (NippyValue/isKnown value most)
        ^bytes data (freeze value known? most)]
    (when-not known?
      (when-let [difference (Same/difference false value (thaw-with (->loader) data 0 (alength data)))]
        (throw (IllegalArgumentException. (str "nippy would not give it back equal: " difference)))))
    data))

(defn- nippy-codec ^Codec [->loader]
  (reify SliceCodec
    (encode [_ value] (write ->loader value Integer/MAX_VALUE))
    (encode [_ value max-bytes] (write ->loader value max-bytes))
    (decode [_ bytes from length] (thaw-with (->loader) bytes from length))
    (codecName [_] ":nippy")))

(defn codec-with
  "A nippy codec that also writes and reads instances of `:classes`, a set of the classes of records and deftypes, or of
   their names. Each read looks a class up by name, so a record that a REPL defined again is read as the new class.

     (defrecord Event [n])
     (with-open [log (flumelog.core/open \"a.log\" {:codec (codec-with {:classes #{Event}})})]
       (flumelog.core/append! log (->Event 1))
       (:n (first log)))   ;=> 1"
  ^Codec [{:keys [classes] :as options}]
  (OptionMap/check options [":classes"])
  (nippy-codec (newest-loader (into #{} (map #(if (class? %) (.getName ^Class %) (str %))) classes))))

(def ^Codec codec
  "The codec that `:codec :nippy` names: data only, no records or deftypes.

     (.decode codec (.encode codec {:n 1/3}))   ;=> {:n 1/3}"
  (codec-with {}))
