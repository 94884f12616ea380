(ns ^:no-doc flumelog.stats.strip
  "The file as a strip: cells of equal size, and how many bytes of each are of live and of deleted records.")

(set! *warn-on-reflection* true)

(def ^:private ^:const most-cells 256)

(defn strip
  "An empty strip for a file of that size in bytes."
  [^long size]
  (let [cell (max 1 (quot (+ size (dec (long most-cells))) (long most-cells)))
        cells (quot (+ size (dec cell)) cell)]
    {:cell cell, :size size, :live (long-array cells), :deleted (long-array cells)}))

(defn mark!
  "Adds the bytes between two positions to the cells of one kind, `:live` or `:deleted`. What is behind the file's end, since the
   log has grown meanwhile, is left out."
  [{:keys [^long cell ^long size] :as strip} kind ^long from ^long to]
  (let [^longs cells (get strip kind), to (min to size)]
    (loop [from from]
      (when (< from to)
        (let [i (quot from cell), end (min to (* (inc i) cell))]
          (aset cells i (+ (aget cells i) (- end from)))
          (recur end))))))

(defn cells
  "`[{:from n :to n :live n :deleted n} ...]`; bytes that are neither are behind the end of the records."
  [{:keys [^long cell ^long size ^longs live ^longs deleted]}]
  (mapv (fn [i] {:from (* (long i) cell) :to (min size (* (inc (long i)) cell)) :live (aget live i) :deleted (aget deleted i)})
        (range (alength live))))
