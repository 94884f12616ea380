(ns flumelog.interop-history-test
  "Random histories, played on both sides: we and the original give the same answers to each action, and the same file."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.test.check :as check]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in]]
            [flumelog.original :refer [ask bytes-of close-theirs! formats legacy? new-folder open-theirs!
                                       original-agrees? our-value pairs their-value with-original]]
            [flumelog.test-support :refer [size]])
  (:import (java.io Closeable)))

(set! *warn-on-reflection* true)

;; ---- actions

(def ^:private gen-text
  (let [piece (gen/frequency
               [[8 gen/char-ascii]
                [4 (gen/elements ["é" "ß" "世" "界" "🦀" "👩‍👩‍👧" "\u2028" "\u007f" "\ufeff" "\u0000"])]
                [1 (gen/fmap #(str/join (repeat % "long ")) (gen/choose 1 60))]])]
    (gen/fmap str/join (gen/vector piece 0 12))))

(def ^:private gen-json
  "What both write as the same text; numbers with a fraction they may write differently."
  (let [largest (dec (bit-shift-left 1 53))
        field   (gen/one-of [gen-text gen/small-integer (gen/vector gen-text 0 3)])]
    (gen/frequency
     [[3 gen-text]
      [1 (gen/large-integer* {:min (- largest) :max largest})]
      [1 gen/boolean]
      [3 (gen/map (gen/elements [:a :b :text :ключ]) field)]])))

(def ^:private gen-value
  {:json gen-json
   :utf8 (gen/fmap #(str "." %) gen-text)})              ; what is empty or all zeros is no data to us

(def ^:private gen-block-bytes (gen/choose 1 128))

(def ^:private gen-stream
  "Bounds are the indexes of records."
  (let [bound (fn [& ks] (gen/one-of [(gen/return nil) (gen/tuple (gen/elements ks) gen/nat)]))]
    (gen/hash-map :low (bound :gt :gte), :high (bound :lt :lte)
                  :reverse gen/boolean, :limit (gen/one-of [(gen/return nil) (gen/choose 1 5)]))))

(defn- gen-action [{:keys [codec] :as options}]
  (let [value   (gen-value codec)
        indexes (gen/vector-distinct gen/nat {:min-elements 1 :max-elements 3})]
    (gen/frequency
     [[6 (gen/tuple (gen/return :append) value)]
      [2 (gen/tuple (gen/return :append-all) (gen/vector value 1 5))]
      [(if (legacy? options) 0 2) (gen/tuple (gen/return :delete) indexes)]
      [3 (gen/tuple (gen/return :get) gen/nat)]
      [3 (gen/tuple (gen/return :stream) gen-stream)]
      [1 (gen/tuple (gen/return :reopen) gen/boolean gen-block-bytes gen-block-bytes)]])))

(def ^:private gen-history
  (gen/let [format  (gen/elements formats)
            codec   (gen/elements [:json :utf8])
            blocks  (gen/tuple gen-block-bytes gen-block-bytes)
            actions (gen/vector (gen-action (assoc format :codec codec)) 1 20)]
    {:options (assoc format :codec codec) :blocks blocks :actions actions}))

;; ---- both sides

(defn- agree! [what ours theirs]
  (when-not (= ours theirs)
    (throw (ex-info "ours and the original's differ" {:what what :ours ours :theirs theirs}))))

(defn- open-both
  "The world with both logs open: the file of ours with us, half of the time through a write buffer, that of theirs
   with the original."
  [{:keys [options ours theirs blocks] :as world}]
  (let [[our-blocks their-blocks] blocks]
    (open-theirs! theirs (assoc options :block-bytes their-blocks))
    (assoc world :l (log/open ours (assoc options :block-bytes our-blocks
                                                  :write-buffer-bytes (when (odd? our-blocks) 4096))))))

(defn- close-both [{:keys [l ours theirs] :as world}]
  (.close ^Closeable l)
  (close-theirs! theirs)
  (agree! :bytes (bytes-of ours) (bytes-of theirs))
  world)

(defn- ask-theirs [{:keys [theirs]} cmd & {:as args}]
  (ask theirs cmd args))

(defmulti ^:private act
  "Does an action on both sides, which must agree; gives the world after it."
  (fn [_ [kind]] kind))

(defmethod act :append [{:keys [l] :as world} [_ value :as action]]
  (let [offset (log/append! l value)]
    (agree! action offset (ask-theirs world :append :value value))
    (update world :offsets conj offset)))

(defmethod act :append-all [{:keys [l] :as world} [_ values :as action]]
  (let [offsets (log/append-all! l values)]
    (agree! action {:since (peek offsets) :offsets offsets} (ask-theirs world :appendAll :values values))
    (update world :offsets into offsets)))

(defn- nth-offset [offsets n]
  (nth offsets (mod n (count offsets))))

(defmethod act :delete [{:keys [l offsets deleted theirs options blocks] :as world} [_ indexes :as action]]
  (if (empty? offsets)
    world
    (let [doomed (into #{} (map #(nth-offset offsets %)) indexes)]
      (agree! action (log/delete! l doomed) (count (remove deleted doomed)))
      (ask-theirs world :del :offsets doomed)
      (close-theirs! theirs)                             ; its cache still has them
      (open-theirs! theirs (assoc options :block-bytes (second blocks)))
      (update world :deleted into doomed))))

(defmethod act :get [{:keys [l offsets] :as world} [_ n :as action]]
  (when (seq offsets)
    (let [offset (nth-offset offsets n)]
      (agree! action (our-value l offset) (their-value (fn [cmd & args] (apply ask-theirs world cmd args)) offset))))
  world)

(defn- stream-options [offsets {:keys [low high reverse limit]}]
  (into {:reverse reverse}
        (concat (for [[k n] [low high] :when (and k (seq offsets))] [k (nth-offset offsets n)])
                (when limit [[:limit limit]]))))

(defmethod act :stream [{:keys [l offsets deleted] :as world} [_ spec]]
  (let [options (stream-options offsets spec)]
    (when (and (original-agrees? options (peek offsets)) (or (nil? (:limit spec)) (empty? deleted)))
      (agree! [:stream options] (into [] (log/entries l options)) (pairs (ask-theirs world :stream :opts options)))))
  world)

(defmethod act :reopen [world [_ exchange our-blocks their-blocks]]
  (let [{:keys [ours theirs] :as closed} (close-both world)]
    (open-both (merge closed {:blocks [our-blocks their-blocks]}
                      (when exchange {:ours theirs :theirs ours})))))

;; ---- any history

(defn- check-all
  "Compares all that is to be read."
  [{:keys [l offsets] :as world}]
  (agree! :since @(log/since l) (ask-theirs world :since))
  (act world [:stream {}])
  (act world [:stream {:reverse true}])
  (dotimes [n (count offsets)] (act world [:get n]))
  world)

(defn- play!
  "Plays a history on both sides; throws where they differ."
  [folder {:keys [actions] :as history}]
  (let [paths {:ours (path-in (new-folder folder) "log"), :theirs (path-in (new-folder folder) "log")}
        world (atom (open-both (merge history paths {:offsets [] :deleted #{}})))]
    (try
      (doseq [action actions] (swap! world act action))
      (close-both (check-all @world))
      true
      (finally
        (.close ^Closeable (:l @world))
        (run! close-theirs! (vals paths))))))

(deftest any-history-makes-the-same-file-as-the-original
  (with-original folder
    (let [history-agrees (prop/for-all* [gen-history] #(play! folder %))
          {:keys [pass? seed shrunk]} (check/quick-check (size 40 300) history-agrees)]
      (is pass? (pr-str {:seed seed, :smallest (:smallest shrunk), :differ (ex-data (:result shrunk))})))))
