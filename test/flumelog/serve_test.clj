(ns flumelog.serve-test
  "What the page of a log is told of records: pages in both directions, values, frames, searches and what is appended."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [eventually formats path-in read-bytes with-temp-folder]]
            [flumelog.serve.filter :as filter]
            [flumelog.serve.json :as json]
            [flumelog.serve.shown :as shown]
            [flumelog.serving :refer [answer data events with-page]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.file ChannelFile)
           (java.net URLEncoder)
           (java.nio ByteBuffer)
           (java.util Arrays HexFormat)))

(set! *warn-on-reflection* true)

(defmacro ^:private with-log
  "Runs the body with a log in a new folder, and its page."
  [[page log & [options]] & body]
  `(with-temp-folder [folder#]
     (with-open [~log (log/open (path-in folder# "a.log") ~options)]
       (with-page [~page ~log] ~@body))))

(defn- offsets [answer] (mapv :offset (:rows answer)))

;; Pages

(defspec pages-are-parts-of-the-log (size 40 300)
  (for-all [ns (gen/vector (gen/choose 0 1000) 0 60), gone (gen/vector gen/boolean 60), at (gen/choose -10 3000), limit (gen/choose 1 70)]
    (with-log [page l]
      (let [all (log/append-all! l (map #(hash-map :n %) ns))]
        (log/delete! l (keep (fn [[offset gone?]] (when gone? offset)) (map vector all gone)))
        (let [present (into [] (log/offsets l))]
          (and (= (take limit (rseq present)) (offsets (data page (str "/api/records?limit=" limit))))
               (= (take limit (filter #(< % at) (rseq present))) (offsets (data page (str "/api/records?lt=" at "&limit=" limit))))
               (= (take limit (filter #(<= at %) present)) (offsets (data page (str "/api/records?gte=" at "&limit=" limit))))))))))

(deftest a-page-has-at-most-two-hundred-records-and-some-megabytes
  (with-log [page l {:codec :utf8}]
    (log/append-all! l (repeat 300 "x"))
    (is (= 200 (count (offsets (data page "/api/records?limit=1000000")))))
    (is (= 1 (count (offsets (data page "/api/records?limit=-3")))))
    (log/append-all! l (repeat 20 (str/join (repeat 1000000 "x"))))
    (is (= 5 (count (offsets (data page "/api/records?limit=100")))))))

(deftest an-empty-log-has-a-page
  (with-log [page l]
    (is (= {:rows [] :end 0} (data page "/api/records")))
    (is (= {:since -1 :end 0 :oldest -1 :codec "edn"} (select-keys (data page "/api/log") [:since :end :oldest :codec])))
    (is (= [{:event :done :at 0 :records 0 :bytes 0 :hits 0}] (events page "/api/search?text=a" (comp #{:done} :event))))))

(deftest a-record-that-cannot-be-read-hides-no-other
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["{:n 1}" "{:n" (str/join (repeat 50 "x")) "{:n 2}"]))
      (with-open [l (log/open path {:mode :read :max-record-bytes 40})]
        (with-page [page l]
          (let [{:keys [rows]} (data page "/api/records")]
            (is (= [4 true true 4] (map #(if (:v %) 4 (string? (:error %))) rows)))
            (is (str/includes? (:error (nth rows 2)) "can't be decoded"))
            (let [{:keys [error frame]} (data page (str "/api/record?offset=" (:offset (nth rows 2))))]
              (is (str/includes? error "can't be decoded"))
              (is (= "7b3a6e" (:hex (second frame))) "its bytes are shown"))
            (is (= 413 (:status (answer page (str "/api/record?offset=" (:offset (nth rows 1)))))))
            (is (= 2 (:hits (last (events page "/api/search?text=%7B%3An%20" (comp #{:done} :event))))))))))))

;; Frames

(deftest the-parts-of-a-frame-are-the-bytes-of-the-file
  (doseq [[what options] formats]
    (testing what
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")]
          (with-open [l (log/open path (assoc options :codec :bytes :sync :none))]
            (doseq [n [1 5 2043 2044 2045 20000 40000]] (log/append! l (byte-array n (byte 7))))
            (with-page [page l]
              (doseq [offset (into [] (log/offsets l))
                      :let [{:keys [end frame]} (data page (str "/api/record?offset=" offset))
                            of #(data page (str "/api/bytes?offset=" offset "&from=" % "&to=1000000"))
                            wanted (HexFormat/of), size (- end offset)
                            hex #(str/join (map :hex %))]]
                (is (= size (reduce + (map :bytes frame))))
                (is (= (cond-> ["length" "data" "length"] (not= :legacy (:framing options)) (conj "end")) (map :name frame)))
                (is (= (.formatHex ^HexFormat wanted (Arrays/copyOfRange ^bytes (read-bytes path) (int offset) (int end)))
                       (loop [hex-text (hex frame)]
                         (if (< (count hex-text) (* 2 size))
                           (recur (str hex-text (hex (of (quot (count hex-text) 2)))))
                           hex-text))))))))))))

;; Values

(defn- texts [tree] (filter string? (map :v (filter map? (tree-seq coll? seq tree)))))

(deftest a-value-becomes-a-tree-of-texts
  (is (= {:k "map" :items [[{:k "key" :v ":a"} {:k "vec" :p "[:a]" :items [{:k "num" :v "1" :p "[:a 0]"} {:k "lit" :v "nil" :p "[:a 1]"}]}]]}
         (shown/tree {:a [1 nil]} shown/in-full)))
  (is (= {:k "num" :v "123456789012345678901234567890N"} (shown/tree 123456789012345678901234567890N shown/in-full)) "all digits stay")
  (is (= {:k "set" :items [{:k "str" :v "x"}]} (shown/tree #{"x"} shown/in-full)))
  (is (= {:k "tag" :v "#my/tag" :item {:k "num" :v "1"}} (shown/tree (tagged-literal 'my/tag 1) shown/in-full)))
  (is (= {:k "bytes" :v "00ff"} (shown/tree (byte-array [0 -1]) shown/in-full)))
  (is (nil? (:p (second (first (:items (shown/tree {1.5 :x} shown/in-full)))))) "no path leads through such a key"))

(defspec every-value-has-a-small-tree (size 100 1000)
  (for-all [value gen/any-printable-equatable]
    (let [{:keys [nodes chars]} shown/in-a-row, tree (shown/tree value shown/in-a-row)]
      (and (<= (count (texts tree)) (+ 2 (* 2 (long nodes))))
           (every? #(<= (count %) (max 400 (long chars))) (texts tree))
           (string? (json/text tree))))))

(deftest large-values-are-cut
  (is (= {:k "str" :v (str/join (repeat 200 "x")) :more 800} (shown/tree (str/join (repeat 1000 "x")) shown/in-a-row)))
  (is (= 1000000 (let [{:keys [items more]} (shown/tree (vec (range 1000000)) shown/in-full)] (+ (count items) more))))
  (is (string? (json/text (shown/tree (nth (iterate vector 1) 1000) shown/in-full)))))

(defspec what-is-written-as-json-is-read-back (size 100 1000)
  (for-all [value (gen/recursive-gen #(gen/one-of [(gen/vector %) (gen/map gen/string %)])
                                     (gen/one-of [gen/string gen/large-integer gen/boolean (gen/return nil)]))]
    (let [text (json/text value)]
      (and (= value (clojure.data.json/read-str text))
           (re-matches #"[ -~]*" text)))))

;; Searches

(defn- search [page params]
  (let [found (events page (str "/api/search?" (str/join "&" (for [[k v] params] (str k "=" (URLEncoder/encode (str v) "UTF-8"))))) (comp #{:done} :event))]
    [(mapv :offset (filter (comp #{:hit} :event) found)) (dissoc (last found) :event)]))

(deftest a-search-finds-text-and-fields-from-the-newest-down
  (with-log [page l]
    (let [[a b c d] (log/append-all! l [{:author "alice" :n 1 :v {:tags ["x" "y"]}} {:author :bob :n 2.0} {:author "Bobby" :n 10 :at nil} ["alice"]])
          hits (fn [& params] (first (search page (partition 2 params))))
          by (fn [field is value] (hits "field0" field "is0" is "value0" value))]
      (is (= [d a] (hits "text" "ALICE")))
      (is (= [a] (by "author" "=" "alice")))
      (is (= [b] (by "author" "=" "bob") (by ":author" "=" ":bob") (by "[:author]" "=" "bob")) "a word may be a keyword")
      (is (= [c b] (by "author" "has" "bob")))
      (is (= [b] (by "n" "=" "2")) "numbers are compared as numbers")
      (is (= [c] (by "n" ">" "2")))
      (is (= [a] (by "n" "<" "2")))
      (is (= [d c b] (by "author" "!=" "alice")))
      (is (= [a] (by "v.tags.1" "=" "y") (by "[:v :tags 1]" "=" "y")))
      (is (= [c] (hits "text" "bob" "field0" "n" "is0" ">" "value0" "2" "field1" "author" "is1" "has" "value1" "y")))
      (is (= [a] (hits "text" "alice" "lt" d)) "below an offset")
      (is (= [] (by "a.b.c" "=" "1"))))))

(deftest a-search-pauses-after-many-hits
  (with-log [page l]
    (let [all (log/append-all! l (range 450))
          [hits done] (search page {"text" ""})]
      (is (= (take 200 (rseq all)) hits))
      (is (= {:at (last hits) :hits 200 :more true} (select-keys done [:at :hits :more])))
      (let [[more] (search page {"text" "" "lt" (:at done)}), [rest done] (search page {"text" "" "lt" (last more)})]
        (is (= (rseq all) (concat hits more rest)))
        (is (nil? (:more done)))))))

(deftest a-search-tells-how-far-it-is-and-stops-when-nobody-listens
  (let [decoded (atom 0)
        codec {:encode #(.getBytes (str %)) :decode (fn [^bytes b] (Thread/sleep 1) (swap! decoded inc) (String. b))}]
    (with-log [page l {:codec codec :sync :none}]
      (transduce identity (log/appending l) (range 100000))
      (let [found (events page "/api/search?field0=a&is0=%3D&value0=x" (comp #{:progress} :event)), {:keys [at records hits]} (last found)]
        (is (and (pos? records) (zero? hits) (< at @(log/since l))))
        (is (eventually #(let [before @decoded] (Thread/sleep 300) (= before @decoded))) "a client that is gone stops it")
        (is (< @decoded 20000))))))

(deftest a-condition-means-what-a-person-wrote
  (is (= [[:value :author] ["value" :author] [:a 0 :b] [:a]] (map filter/path ["value.author" "[\"value\" :author]" "a.0.b" "[:a]"])))
  (let [holds? (fn [is value x] (boolean ((filter/matching {:conditions [{:field "f" :is is :value value}]}) (byte-array 0) (constantly {:f x}))))]
    (is (holds? "=" "1" 1)) (is (holds? "=" "1" "1")) (is (holds? "=" "1" 1.0)) (is (not (holds? "=" "1" 2)))
    (is (holds? "=" "true" true)) (is (holds? "=" "nil" nil)) (is (holds? "=" "\"a b\"" "a b")) (is (holds? "=" "null" nil))
    (is (holds? "!=" "1" nil)) (is (holds? ">" "b" "c")) (is (not (holds? ">" "1" :k))) (is (not (holds? "has" "x" nil)))))

;; What is appended

(deftest appended-records-are-told
  (with-log [page l]
    (log/append! l {:n 0})
    (let [more (delay (log/append-all! l [{:n 1} {:n 2}]) (log/append! l {:n 3}))
          found (events page "/api/tail?gt=-1" #(= 66 (:id %)) {:at (fn [_] @more)})
          rows (mapcat :rows found)]
      (is (= [0 22 44 66] (map :offset rows)) "each once, oldest first")
      (is (not-any? :gap found))
      (is (= (:end (log/info l)) (:end (last found)))))
    (is (= [66] (map :offset (mapcat :rows (events page "/api/tail?gt=-1" (comp #{:rows} :event) {:headers {"Last-Event-ID" "44"}}))))
        "a client that comes again goes on")))

(deftest a-client-that-is-far-behind-gets-the-newest
  (with-log [page l]
    (let [all (log/append-all! l (range 1000))
          [{:keys [rows gap id]}] (events page (str "/api/tail?gt=" (first all)) (comp #{:rows} :event))]
      (is (= (take-last 100 all) (map :offset rows)))
      (is (true? gap))
      (is (= (last all) id)))))

(deftest what-another-process-appends-is-told
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [writer (log/open path)]
        (log/append! writer 1)
        (with-open [reader (log/open path {:mode :read})]
          (with-page [page reader]
            (let [more (delay (log/append! writer 2))
                  found (events page "/api/tail?gt=-1" #(some #{17} (map :offset (:rows %))) {:at (fn [_] @more)})]
              (is (= [0 17] (map :offset (mapcat :rows found)))))))))))

;; Large logs

(defn- sparse-log!
  "A log of three records of nearly 4 GiB, which are holes in the file."
  [path]
  (let [length 0xFFFFFFF0, frame (+ 16 length)]
    (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))]
      (doseq [start (take 3 (iterate #(+ frame (long %)) 0))]
        (.overwrite file start (doto (ByteBuffer/allocate 5) (.putInt (unchecked-int length)) (.put (byte 1)) (.flip)))
        (.overwrite file (- (+ (long start) frame) 12)
                    (doto (ByteBuffer/allocate 12) (.putInt (unchecked-int length)) (.putLong (+ (long start) frame)) (.flip)))))
    (* 3 frame)))

(deftest of-a-log-of-twelve-gigabytes-only-what-is-shown-is-read
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), start (sparse-log! path)]
      (with-open [l (log/open path {:codec :utf8 :sync :none})]
        (transduce identity (log/appending l) (map #(str "record " %) (range 100000)))
        (with-page [page l]
          (let [blocks #(:cache-misses (log/info l)), before (blocks)
                asked ["/api/log" "/api/records" (str "/api/records?gte=" start "&limit=5") (str "/api/record?offset=" start)
                       "/api/records?gte=0&limit=3" "/api/records?lt=9000000000&limit=2"]
                [log newest middle record oldest below] (map #(data page %) asked)]
            (is (< 12e9 (:end log)))
            (is (= 50 (count (:rows newest))))
            (is (= start (:offset (first (:rows middle)))))
            (is (= "record 0" (:v (:v record))))
            (is (= [0 4294967296 8589934592] (offsets oldest)))
            (is (every? :error (concat (:rows oldest) (:rows below))))
            (is (< (- (blocks) before) 40) "blocks of 16 KiB")))))))

;; The verb

(deftest the-verb-prints-the-address-and-serves-until-it-is-ended
  (let [before (read-bytes "dev/data/earthquakes.log"), process (command/start "serve" "dev/data/earthquakes.log")]
    (try
      (let [address (.readLine ^java.io.BufferedReader (io/reader (.getInputStream process))), page {:address address :port (.getPort (java.net.URI. address))}]
        (is (= {:since 546453 :codec "json"} (select-keys (data page "/api/log") [:since :codec])))
        (is (= 200 (:status (answer page "/"))))
        (is (= {:exit 3 :said true} (let [{:keys [exit err]} (command/run "serve" "dev/data/earthquakes.log" "--port" (:port page))]
                                      {:exit exit :said (str/includes? err "can't be served at 127.0.0.1:")})))
        (is (= 2 (:exit (command/run "serve" "dev/data/earthquakes.log" "--port" 65536)))))
      (.destroy process)                          ; a signal, like Ctrl-C, which is not heard where tests run in the background
      (is (.waitFor process 20 java.util.concurrent.TimeUnit/SECONDS))
      (is (= 143 (.exitValue process)))
      (finally (.destroyForcibly process)))
    (is (Arrays/equals before (read-bytes "dev/data/earthquakes.log")))
    (is (not (.exists (io/file "dev/data/earthquakes.log.lock"))))))
