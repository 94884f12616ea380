(ns ^:no-doc flumelog.db.watches
  "Watches of the values of views. They are called after each change by the thread that has made it, one at a time and outside
   of the turn; several changes may be told as one."
  (:import (flumelog.error Diagnostics)
           (java.util.concurrent.locks ReentrantLock)))

(set! *warn-on-reflection* true)

;; `:watches` is an atom of {name {:ref handle, :told value, :fns {key f}}}.

(defn add! [{:keys [watches published]} name ref key f]
  (swap! watches update name
         (fn [watched] (-> (or watched {:ref ref :told (:answer (get @published name)) :fns {}})
                           (assoc-in [:fns key] f)))))

(defn remove! [{:keys [watches]} name key]
  (swap! watches update-in [name :fns] dissoc key))

(defn fns [{:keys [watches]} name]
  (get-in @watches [name :fns] {}))

(defn- changed [{:keys [watches published]}]
  (for [[name {:keys [told fns]}] @watches
        :let [{:keys [usable answer]} (get @published name)]
        :when (and usable (seq fns) (not (identical? told answer)))]
    [name answer]))

(defn- call! [{:keys [watches]} [name answer]]
  (let [{:keys [told ref fns]} (get @watches name)]
    (swap! watches assoc-in [name :told] answer)
    (when (not= told answer)
      (doseq [[key f] fns]
        (try (f key ref told answer) (catch Throwable e (Diagnostics/handToThread e)))))))

(defn tell!
  "Tells what has changed. Where another thread is telling, that one tells this too."
  [{:keys [^ReentrantLock telling watches] :as engine}]
  (when (seq @watches)
    (while (and (seq (changed engine)) (not (.isHeldByCurrentThread telling)) (.tryLock telling))
      (try (run! #(call! engine %) (changed engine)) (finally (.unlock telling))))))
