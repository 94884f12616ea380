(ns flumelog.contract-test
  "What every log does, whatever it is kept in: the same facts for the log in a file in each of its formats, with a
   write buffer and without, for the log in memory, and for an odd one that has as little as a log may have. The counterpart
   of the original's test-flumelog. A new back end joins the kinds below."
  (:require [clojure.core.reducers :as r]
            [clojure.datafy :as d]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.memory :as memory]
            [flumelog.fixtures :refer [error eventually failure formats in-range overhead path-in with-temp-folder
                                       with-uncaught]]
            [flumelog.odd-log :as odd]
            [flumelog.test-support :refer [is-each]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (flumelog.log Cursor Entry Log$DeletionWatch)
           (java.nio ByteBuffer)
           (java.util.concurrent TimeUnit)
           (java.util.function Function)))

(set! *warn-on-reflection* true)

(defn- open-with-room [path options]
  (log/open path (assoc options :room-bytes 4096 :sync :each)))

(def ^:private kinds
  "Functions that open a new log, by what they open. Their offsets are positions in frames, of which there are four formats."
  {"file"           log/open
   "file with room" open-with-room
   "buffered file"  (fn [path options] (log/open path (assoc options :write-buffer-bytes 4096)))
   "both"           (fn [path options] (log/open path (assoc options :write-buffer-bytes 4096 :room-bytes 4096)))
   "memory"         (fn [_ options] (memory/open options))})

(def ^:private kinds-without-frames
  "Those whose offsets count something else. They delete nothing."
  {"odd" (fn [_ options] (odd/open options))})

(defn- each-log
  "Calls f with a new log of every kind and the options that made it, also with logs without frames where these are given."
  [options without-frames f]
  (doseq [[kind open format-name format] (concat (for [[kind open] kinds, [format-name format] formats] [kind open format-name format])
                                                 (for [[kind open] without-frames] [kind open "no frames" nil]))]
    (testing (str kind ", " format-name)
      (with-temp-folder [folder]
        (with-open [^LogCollection l (open (path-in folder "a.log") (merge {:sync :none} format options))]
          (f l format))))))

(defmacro ^:private on-every-log [[log options & [format]] & body]
  `(each-log ~options kinds-without-frames (fn [~(with-meta log {:tag `LogCollection}) ~(or format '_)] ~@body)))

(defmacro ^:private on-every-log-with-frames [[log options & [format]] & body]
  `(each-log ~options nil (fn [~(with-meta log {:tag `LogCollection}) ~(or format '_)] ~@body)))

(defmacro ^:private on-every-log-that-deletes [[log options] & body]
  `(on-every-log-with-frames [~log ~options] ~@body))

(defn- deletes? [^LogCollection l]
  (not= :unsupported (error (log/delete! l []))))

(deftest a-new-log-is-empty
  (on-every-log [l {}]
    (is (nil? (seq l)))
    (is (nil? (rseq l)))
    (is (= [] (into [] l)))
    (is (= -1 @(log/since l)))
    (is (= -1 @(log/durable l)))
    (is (= :init (reduce conj :init l)))
    (is (= 0 (reduce + l)))
    (is (nil? (get l 0)))
    (is (nil? (l 0)))
    (is (= :none (get l 0 :none)))
    (is (= [] (into [] (log/entries l))))
    (is (= [] (into [] (log/offsets l {:reverse true}))))))

(deftest append-returns-where-the-record-starts
  (on-every-log-with-frames [l {:codec :utf8} format]
    (let [extra (overhead format)]
      (is (= 0 (log/append! l "abc")))
      (is (= (+ 3 extra) (log/append! l "abcdef")))
      (is (= (+ 3 6 extra extra) (log/append! l "x")))
      (is (= (+ 10 (* 3 extra)) (:end (log/info l)))))))

(deftest records-are-read-in-both-directions
  (on-every-log [l {}]
    (let [values [{:greets "hello!"} [1 2 3] nil :k "text" #{1} 'sym 1.5 -7]
          offsets (log/append-all! l values)]
      (is (= values (into [] l)))
      (is (= values (vec (seq l))))
      (is (= values (vec (iterator-seq (.iterator l)))))
      (is (= values (mapv l offsets)))
      (is (= (rseq values) (rseq l) (into [] (log/values l {:reverse true}))))
      (is (= (map vector offsets values) (seq (log/entries l)) (reduce-kv (fn [acc o v] (conj acc [o v])) [] l))))))

(defn- seen
  "The text in a buffer that nobody can write to."
  [^ByteBuffer data]
  (when data
    (assert (.isReadOnly data))
    (let [out (byte-array (.remaining data))]
      (.get data out)
      (String. out "UTF-8"))))

(defn- cursor-over ^Cursor [^LogCollection l]
  (.cursor (.log l)))

(deftest a-record-is-seen-where-it-lies
  (on-every-log [l {:codec :utf8}]
    (let [values ["a" (apply str (repeat 40000 "long")) "bb" (apply str (repeat 1000000 "x")) "c"]
          offsets (log/append-all! l values)
          view (fn [offset] (.view (.log l) offset (reify Function (apply [_ data] (seen data)))))]
      (is (= values (map view offsets)))
      (is (= [nil nil] (map view [-1 (inc (long (first offsets)))])))
      (is (= values (let [c (cursor-over l)] (into [] (map (fn [_] (.next c) (seen (.view c)))) values))))
      (is (= (rseq values) (let [c (.seek (cursor-over l) Long/MAX_VALUE)] (into [] (map (fn [_] (.prev c) (seen (.view c)))) values))))
      (when (deletes? l)
        (testing "but not where it was deleted since the cursor stepped over it"
          (let [c (cursor-over l)]
            (.next c)
            (log/delete! l 0)
            (is (nil? (.data c)))
            (is (nil? (seen (.view c))))
            (is (nil? (view 0)))))))))

(deftest a-batch-is-appended-as-one
  (on-every-log [l {}]
    (is (= [] (log/append-all! l [])))
    (is (= [] (log/append-all! l nil)))
    (is (= [] (into [] l)))
    (is (= -1 @(log/since l)))
    (let [offsets (log/append-all! l [:a :b :c])]
      (is (= [:a :b :c] (map l offsets)))
      (is (= (peek offsets) @(log/since l))))
    (testing "a value that can't be encoded keeps all of them out"
      (is (= :encode (error (log/append-all! l [:d (Object.)]))))
      (is (= [:a :b :c] (into [] l))))))

(deftest appending-is-a-reducing-function
  (on-every-log [l {}]
    (is (= -1 (transduce identity (log/appending l) [])))
    (let [last-offset (transduce (map #(* 2 %)) (log/appending l) (range 1000))]
      (is (= (range 0 2000 2) (into [] l)))
      (is (= last-offset @(log/since l)))
      (is (= 1998 (l last-offset))))
    (is (= @(log/since l) (transduce identity (log/appending l) [])))
    (transduce (take 2) (log/appending l) (repeat :more))
    (is (= [:more :more 1998] (take 3 (rseq l))))))

(defn- around
  "All longs from a little before the first of the offsets to behind the record of the last one."
  [offsets]
  (range (- (long (first offsets)) 3) (+ (long (peek offsets)) 40)))

(deftest get-answers-for-any-long
  (on-every-log [l {}]
    (let [[a :as offsets] (log/append-all! l [:a :b :c])
          starts (set offsets)]
      (doseq [offset (concat (around offsets) [-1 0 Long/MIN_VALUE Long/MAX_VALUE Integer/MAX_VALUE])]
        (is-each (= (contains? starts offset) (some? (get l offset))) "get at " offset)
        (when-not (starts offset)
          (is (= :none (l offset :none)))
          (is (= :not-a-record (error (log/fetch l offset))))))
      (is (nil? (get l "0")))
      (is (= :none (get l 0.0 :none)))
      (is (nil? (get l nil)))
      (when (= 0 a)
        (is (= [:a :a :a] (map l [(int 0) (short 0) (byte 0)]))))
      (is (= :a (log/fetch l a))))))

(deftest ranges-are-exact-for-every-bound
  (on-every-log [l {:codec :utf8}]
    (let [offsets (log/append-all! l ["a" "bb" "ccc" "d" "ee"])]
      (when (deletes? l) (log/delete! l (offsets 2)))
      (let [all (into [] (log/entries l))]
        (doseq [bound (concat (around offsets) [-1 0 Long/MIN_VALUE Long/MAX_VALUE])
                options [{:gt bound} {:gte bound} {:lt bound} {:lte bound} {:gt bound :lt (offsets 3)}
                         {:gte bound :lte (offsets 3) :limit 1}]
                options [options (assoc options :reverse true)]
                :let [wanted (in-range all options)]]
          (is-each (= wanted (into [] (log/entries l options))) options))
        (is (= all (into [] (log/entries l {:gt nil :gte nil :lt nil :lte nil :reverse nil :limit nil}))))
        (doseq [limit (range 7), reverse [true false] :let [options {:limit limit :reverse reverse}]]
          (is (= (map val (in-range all options)) (into [] (log/values l options)) (or (seq (log/values l options)) [])))
          (is (= (map key (in-range all options)) (into [] (log/offsets l options))))
          (is (= (clojure.core/reverse (in-range all options)) (or (rseq (log/entries l options)) [])) options))))))

(deftest entries-are-sorted
  (on-every-log [l {}]
    (let [model (into (sorted-map) (map vector (log/append-all! l (range 6)) (range 6)))
          view (log/entries l)]
      (doseq [offset (concat (keys model) (map inc (keys model)) [-1 1 7 1000]), test [< <= > >=]]
        (is (= (subseq model test offset) (subseq view test offset)))
        (is (= (rsubseq model test offset) (rsubseq view test offset))))
      (is (= (subseq model > 0 < 60) (subseq view > 0 < 60)))
      (is (= (rseq model) (rseq view))))))

(deftest a-log-that-can-t-delete-says-so
  (each-log {} kinds-without-frames
            (fn [l _]
              (let [offset (log/append! l :a)]
                (when-not (deletes? l)
                  (is (= :unsupported (error (log/delete! l offset))))
                  (is (= [:a] (into [] l))))))))

(deftest a-deleted-record-is-gone-from-every-reading
  (on-every-log-that-deletes [l {}]
    (let [[a b c d] (log/append-all! l [:a :b :c :d])]
      (is (= 1 (log/delete! l b)))
      (is (= 2 (log/delete! l [a b d])) "b was deleted already")
      (is (= [:c] (into [] l)))
      (is (= [:c] (seq l)))
      (is (= [:c] (rseq l)))
      (is (= [:c] (into [] (log/values l {:limit 1}))))
      (is (= [:c] (vec (iterator-seq (.iterator l)))))
      (is (= [[c :c]] (into [] (log/entries l))))
      (is (= [[c :c]] (reduce-kv #(conj %1 [%2 %3]) [] l)))
      (is (= [c] (into [] (log/offsets l {:reverse true}))))
      (is (= [c] (seq (log/offsets l))))
      (is (nil? (get l b)))
      (is (= :none (l b :none)))
      (is (= :deleted (error (log/fetch l b))))
      (is (= d @(log/since l)) "since stays the offset of the last record")
      (is (= 0 (log/delete! l [])))
      (is (= 0 (log/delete! l nil)))
      (testing "an offset where no record starts keeps all of them"
        (is (= :not-a-record (error (log/delete! l [c (inc (long c))]))))
        (is (= [:c] (into [] l)))))))

(deftest any-collection-of-offsets-is-deleted
  (on-every-log-that-deletes [l {}]
    (let [[a b c d e f] (log/append-all! l (range 7))]
      (is (= 1 (log/delete! l #{a})))
      (is (= 1 (log/delete! l (eduction (take 1) [b]))))
      (is (= 1 (log/delete! l (long-array [c]))))
      (is (= 1 (log/delete! l (doto (java.util.ArrayList.) (.add d)))))
      (is (= 2 (log/delete! l (log/offsets l {:lte f}))))
      (is (= [6] (into [] l))))))

(deftest data-that-looks-deleted-is-refused
  (on-every-log [l {:codec :bytes}]
    (doseq [data [(byte-array 0) (byte-array 1) (byte-array 500)]]
      (is (= :encode (error (log/append! l data)))))
    (is (= -1 @(log/since l)))
    (is (nil? (seq l)))
    (log/append! l (byte-array [0 0 1]))
    (is (= [[0 0 1]] (map vec l)))))

(deftest reduced-ends-a-reduction
  (on-every-log [l {}]
    (log/append-all! l (range 100))
    (is (= [0 1 2] (into [] (take 3) l)))
    (is (= [0 1 2] (reduce #(if (= 3 (count %1)) (reduced %1) (conj %1 %2)) [] l)))
    (is (= 4950 (reduce + l)))
    (is (= 4950 (reduce + 0 l)))
    (is (= 4950 (reduce + (seq l))))
    (is (= 4950 (reduce + (rseq l))))
    (is (= 4950 (transduce identity + (rseq l))))
    (is (= 42 (reduce-kv (fn [_ _ v] (if (= 42 v) (reduced v) v)) nil l)))
    (is (= :reduced (reduce (fn [_ _] (reduced :reduced)) l)))))

(deftest a-reading-sees-the-records-of-its-time
  (on-every-log [l {}]
    (log/append-all! l [1 2])
    (is (= [1 2] (reduce (fn [acc v] (log/append! l :later) (conj acc v)) [] l)))
    (let [forwards (seq l), backwards (rseq l), cursor (log/cursor l), iterator (.iterator l)]
      (log/append! l :latest)
      (is (= [1 2 :later :later] forwards))
      (is (= [1 2 :later :later] (reduce conj [] forwards)))
      (is (= [1 2 :later :later] (reverse backwards)))
      (is (= [1 2 :later :later] (vec (iterator-seq iterator))))
      (is (= 4 (count (take-while some? (repeatedly #(log/next! cursor)))))))))

(deftest a-seq-is-a-value
  (on-every-log [l {}]
    (log/append-all! l (range 20))
    (doseq [s [(seq l) (rseq l)] :let [values (vec s)]]
      (is (= values s))
      (is (= values (into [] s)))
      (is (= values (reduce conj [] s)))
      (is (= values (cons (first s) (rest s))))
      (is (= values (vec (with-meta s {:m 1}))))
      (is (= (drop 7 values) (drop 7 s) (reduce conj [] (nthnext s 7))))
      (is (= {:m 1} (meta (with-meta s {:m 1})))))))

(deftest walking-past-records-does-not-decode-them
  (let [decoded (atom 0)
        codec {:encode (fn [^String s] (.getBytes s)) :decode (fn [^bytes b] (swap! decoded inc) (String. b))}]
    (on-every-log [l {:codec codec}]
      (log/append-all! l (map str (range 100)))
      (doseq [[what read n] [["into take" #(into [] (take 10) (rseq l)) 10]
                             ["take" #(doall (take 10 (rseq l))) 10]
                             ["drop" #(first (drop 50 l)) 1]
                             ["first twice" #(let [s (seq l)] [(first s) (first s)]) 1]
                             ["offsets" #(into [] (log/offsets l)) 0]
                             ["limit" #(into [] (log/values l {:limit 3 :reverse true})) 3]
                             ["count" #(count (seq l)) 0]]]
        (reset! decoded 0)
        (read)
        (is (= n @decoded) what)))))

(deftest a-cursor-steps-both-ways
  (on-every-log [l {}]
    (let [[a b c] (log/append-all! l [:a :b :c])
          cursor (log/cursor l)]
      (is (= [[a :a] [b :b] [c :c] nil nil] (vec (repeatedly 5 #(log/next! cursor)))))
      (is (= [c :c] (log/prev! cursor)))
      (is (= [b :b] (log/prev! cursor)))
      (is (= [a :a] (log/prev! cursor)))
      (is (nil? (log/prev! cursor)))
      (is (= [a :a] (log/next! cursor)))
      (is (= [b :b] (log/next! (log/seek! cursor (inc (long a))))))
      (is (= [b :b] (log/next! (log/seek! cursor b))))
      (is (= [a :a] (log/next! (log/seek! cursor -5))))
      (is (= [a :a] (log/prev! (log/seek! cursor b))))
      (is (= [c :c] (log/prev! (log/seek! cursor Long/MAX_VALUE))))
      (when (deletes? l)
        (log/delete! l b)
        (is (= [c :c] (log/next! (log/seek! cursor b))))))))

(deftest since-is-a-reference
  (on-every-log [l {}]
    (let [since (log/since l), told (atom [])]
      (add-watch since :k (fn [_ _ before now] (swap! told conj [before now])))
      (let [_ (log/append! l :a), [b c] (log/append-all! l [:b :c])]
        (is (= c @since))
        (is (= c @(log/since l)))
        (is (eventually #(= c (second (peek @told)))))
        (is (= (cons -1 (map second (butlast @told))) (map first @told)) "each move begins where the last one ended")
        (is (= c (log/await-since l b 0)))
        (is (= :late (log/await-since l (inc (long c)) 1 :late))))
      (remove-watch since :k)
      (let [before @told]
        (log/append! l :d)
        (is (= before @told))))))

(deftest a-watch-that-throws-or-appends-harms-nobody
  (on-every-log [l {}]
    (with-uncaught [uncaught]
      (add-watch (log/since l) :k (fn [_ _ before _]
                                    (when (= -1 before)
                                      (log/append! l :nested)
                                      (throw (ex-info "thrown by the watch" {})))))
      (log/append! l :a)
      (is (= "thrown by the watch" (ex-message (.poll uncaught 30 TimeUnit/SECONDS))))
      (is (= [:a :nested] (vec l))))))

(deftest waiting-for-since-ends-when-the-record-comes
  (on-every-log [l {}]
    (let [waiting (future (log/await-since l 0 60000 :late))]
      (is (= (log/append! l :a) @waiting)))
    (let [waiting (future (error (log/await-since l (+ 1000 (long @(log/since l))) 60000)))]
      (.close l)
      (is (= :closed @waiting)))))

(deftest a-record-that-cant-be-decoded-breaks-only-itself
  (on-every-log [l {:codec {:encode (fn [^String s] (.getBytes s))
                            :decode (fn [^bytes b] (let [s (String. b)] (if (= "bad" s) (throw (ex-info "no" {})) s)))}}]
    (let [[a bad _] (log/append-all! l ["a" "bad" "c"])
          failure (failure (into [] l))]
      (is (= {:flumelog/error :decode, :offset bad} (select-keys (ex-data failure) [:flumelog/error :offset])))
      (is (= "no" (ex-message (.origin ^LogException failure))))
      (is (= :decode (error (get l bad))))
      (is (= :decode (error (log/fetch l bad))))
      (is (= :decode (error (run! identity (seq l)))))
      (is (= ["a" "c"] (into [] (log/values l {:on-decode-error :skip}))))
      (is (= ["a" "c"] (seq (log/values l {:on-decode-error :skip}))))
      (is (= "c" (first (rseq l))))
      (is (= "c" (nth (seq l) 2)))
      (is (= [[bad :instead]] (into [] (log/entries l {:gt a :limit 1 :on-decode-error (constantly :instead)}))))
      (is (= ["a" "c"] (into [] (log/values l {:on-decode-error :skip :limit 2}))) "the limit counts what is given"))))

(deftest long-records-are-refused
  (on-every-log [l {:codec :bytes :max-record-bytes 10}]
    (log/append! l (byte-array 10 (byte 1)))
    (is (= :too-large (error (log/append! l (byte-array 11 (byte 1))))))
    (is (= :too-large (error (log/append-all! l [(byte-array 1 (byte 1)) (byte-array 11 (byte 1))]))))
    (is (= 1 (count (seq l))))))

(deftest a-frame-within-data-is-not-a-record
  (on-every-log-with-frames [l {:codec :bytes} format]
    (let [extra (long (overhead format))
          ;; A whole frame with one byte of data; its trailer names the very place where it comes to lie.
          inner-start 4
          inner-end (+ inner-start 1 extra)
          frame (byte-array (concat [0 0 0 1 9 0 0 0 1] (take-last (- extra 8) (concat (repeat 7 0) [inner-end]))))
          [a b] (log/append-all! l [frame (byte-array [5])])]
      (is (= (- inner-end inner-start) (alength ^bytes frame)))
      (is (nil? (get l inner-start)))
      (is (= :not-a-record (error (log/fetch l inner-start))))
      (is (= :not-a-record (error (log/delete! l inner-start))))
      (is (= [b] (into [] (log/offsets l {:gt 0}))))
      (is (= [b] (into [] (log/offsets l {:gte inner-start}))))
      (is (= [a] (into [] (log/offsets l {:reverse true :lte inner-start})))))))

(deftest bytes-handed-out-are-copies
  (on-every-log [l {:codec :bytes :block-bytes 7}]
    (let [data (byte-array [1 2 3 4 5 6 7 8 9])
          offset (log/append! l data)]
      (aset data 0 (byte 99))
      (aset ^bytes (get l offset) 1 (byte 99))
      (aset ^bytes (first l) 2 (byte 99))
      (is (= [1 2 3 4 5 6 7 8 9] (vec (get l offset))))
      (is (= [1 2 3 4 5 6 7 8 9] (vec (first (rseq l))))))))

(deftest a-closed-log-says-so
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (let [s (seq l), view (log/entries l), cursor (log/cursor l), followed (log/live l)]
      (.close l)
      (is (nil? (.close l)) "closing again does nothing")
      (doseq [call [#(log/append! l :c) #(log/append-all! l []) #(log/append-all! l [:c]) #(get l 0) #(l 0) #(seq l) #(rseq l)
                    #(into [] l) #(reduce + l) #(.iterator l) #(log/fetch l 0) #(log/delete! l 0) #(log/sync! l)
                    #(log/cursor l) #(log/next! cursor) #(log/seek! cursor 0) #(into [] view) #(first s) #(next s)
                    #(transduce identity (log/appending l) [:c]) #(log/live l) #(log/live l {:old false})]]
        (is (= :closed (error (call)))))
      (is (= [] (into [] followed)) "what was live ends")
      (is (string? (pr-str l))))))

(deftest info-has-no-key-without-a-value
  (on-every-log [l {}]
    (is (every? some? (vals (log/info l))))
    (is (empty? (remove #(contains? (log/info l) %) [:path :since :durable :codec :mode :max-record-bytes :closed]))
        "the facts that every log has")))

(deftest info-describes-the-log
  (on-every-log [l {}]
    (log/append! l :a)
    (is (false? (counted? l)))
    (is (false? (sequential? l)))
    (is (false? (indexed? l)))
    (is (false? (map? l)))
    (is (true? (seqable? l)))
    (is (true? (reversible? l)))
    (is (true? (ifn? l)))
    (is (true? (instance? clojure.lang.IReduce l)))
    (is (every? #(instance? clojure.lang.IReduce %) [(seq l) (rseq l) (log/entries l) (log/values l) (log/offsets l)]))
    (is (sorted? (log/entries l)))
    (is (re-matches #"#flumelog/Log\[\".*\" \{:since \d+( :end \d+ :framing :\w+( :offset-bits \d+)?)?\}\]" (pr-str l)))
    (is (re-matches #"#flumelog/Entries\[.*\]" (pr-str (log/entries l))))
    (is (= (str "#flumelog/Since[" @(log/since l) "]") (pr-str (log/since l))))))

;; What other code asks of a log

(deftest a-log-knows-its-oldest-record
  (on-every-log [l {}]
    (is (= -1 (.oldest (.log l))))
    (let [[a b] (log/append-all! l [:a :b])]
      (is (= a (.oldest (.log l))))
      (when (deletes? l)
        (log/delete! l a)
        (is (= a (.oldest (.log l))) "since stays too where the last one is deleted"))
      (is (= b @(log/since l))))))

(deftest a-log-that-is-written-says-so
  (on-every-log [l {}]
    (is (true? (.writable (.log l))))
    (is (= :read-write (:mode (log/info l))))))

(deftest offsets-are-no-nearer-to-each-other-than-the-log-says
  (on-every-log [l {:codec :bytes}]
    (let [offsets (log/append-all! l (repeat 50 (byte-array [1]))), spacing (.spacing (.log l))]
      (is (every? #(<= (.least spacing) (long %)) (map - (rest offsets) offsets)))
      (is (pos? (.part spacing))))))

(deftest split-parts-give-each-record-once-in-order
  (on-every-log [l {}]
    (let [offsets (log/append-all! l (range 5000))]
      (is (= offsets (mapv #(.offset ^Entry %) (iterator-seq (.iterator (.parallel (.stream (.log l))))))))
      (is (= (range 5000) (r/fold 1 (r/monoid into vector) conj l) (r/fold 700 (r/monoid into vector) conj (log/values l))))
      (is (= (rseq (subvec offsets 10 20))
             (r/fold 1 (r/monoid into vector) conj (log/offsets l {:gte (offsets 10) :lt (offsets 20) :reverse true})))))))

(deftest the-place-of-a-record-is-described
  (on-every-log [l {:codec :utf8}]
    (let [offsets (log/append-all! l ["a" "bcd"])]
      (doseq [[offset text] (map vector offsets ["a" "bcd"]) :let [place (.describe (.log l) offset)]]
        (is (= [offset (count text)] (map #(get place %) ["start" "length"])))
        (is (= text (String. ^bytes (get place "data")))))
      (is (= :not-a-record (error (.describe (.log l) (inc (long (peek offsets)))))))
      (testing "datafy and nav lead there"
        (let [data (d/datafy l)
              page (d/nav data :newest (:newest data))
              record (d/nav (:records page) 1 (second (:records page)))]
          (is (= {:start (peek offsets) :length 3} (select-keys (d/nav record :frame (:frame record)) [:start :length])))
          (is (map? (:recovery data))))))))

(deftest synced-records-are-durable
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (log/sync! l)
    (is (= @(log/since l) @(log/durable l)))
    (is (= [:a :b] (into [] (log/live l {:durable true :limit 2 :as :values}))))))

(deftest live-gives-old-records-and-then-new-ones
  (on-every-log [l {}]
    (let [[a b] (log/append-all! l [:a :b])
          items (future (into [] (log/live l {:gt a :limit 3})))]
      (is (= [[b :b] [(log/append! l :c) :c] [(log/append! l :d) :d]] (deref items 60000 :never))))))

(deftest positions-work-or-are-unsupported
  (on-every-log [l {}]
    (is (= -1 (:offset (log/position l))))
    (let [[a b] (log/append-all! l [:a :b]), outcome (try (log/position l a) (catch LogException e e))]
      (if (instance? LogException outcome)
        (is (= :unsupported (error (throw outcome))))
        (is (= [[b :b]] (into [] (log/entries l {:gt outcome}))))))))

(deftest a-watch-of-deletions-is-told-before-and-after
  (on-every-log-that-deletes [l {}]
    (let [[a b c] (log/append-all! l [:a :b :c]), told (atom [])
          tell (fn [what offsets] (swap! told conj [what (vec offsets) (mapv l offsets)]))
          end! (.watchDeletions (.log l) (reify Log$DeletionWatch
                                           (deleting [_ offsets] (tell :deleting offsets))
                                           (deleted [_ offsets] (tell :deleted offsets))))]
      (log/delete! l [a c])
      (is (= [[:deleting [a c] [:a :c]] [:deleted [a c] [nil nil]]] @told))
      (reset! told [])
      (is (= :not-a-record (error (log/delete! l [b (inc (long b))]))))
      (is (= [:deleting :deleted] (map first @told)) "also where it fails")
      (is (= [:b nil] (last (peek @told))) "and what is still there can be read")
      (.run ^Runnable end!)
      (log/delete! l b)
      (is (= 2 (count @told))))))

(deftest a-watch-of-deletions-that-throws-stops-none
  (on-every-log-that-deletes [l {}]
    (with-uncaught [uncaught]
      (let [offset (log/append! l :a)]
        (.watchDeletions (.log l) (reify Log$DeletionWatch
                                    (deleting [_ _] (throw (ex-info "before" {})))
                                    (deleted [_ _] (throw (ex-info "after" {})))))
        (is (= 1 (log/delete! l offset)))
        (is (= ["before" "after"] (mapv ex-message uncaught)))
        (is (nil? (get l offset)))))))
