(ns ^:no-doc flumelog.serve.tail
  "Tells of records as they are appended."
  (:require [flumelog.core :as log]
            [flumelog.serve.records :as records]))

(set! *warn-on-reflection* true)

(def ^:const ^:private heartbeat-ms "After this time without a record the client is asked whether it is still there." 4000)

(def ^:const ^:private pause-ms "Between two events, so that a quick writer does not drown the client." 100)

(def ^:const ^:private most-rows "In one event. When more were appended, the client gets the newest, and hears of the gap." 100)

(defn- news
  "The event for the records above `last`: the newest of them, the oldest first. Its `:id` is the last offset that the client knows then."
  [log since last]
  (let [rows (records/page log {:limit (inc (long most-rows))})
        new (take-while #(< (long last) (long (:offset %))) rows)]
    {:id (max (long since) (long (:offset (first new) -1)))
     :rows (reverse (take most-rows new))
     :gap (< (long most-rows) (count new))
     :end (:end (records/about log))}))

(def ^:private went-back
  "The log went back: it was cut, or another file took its place. Load the page again.")

(defn tail!
  "Sends `:rows` with the records above the offset `last`, and then with those that come, until the client is gone. `:gap` says that
   records between the last ones and these were left out. Sends `:ended` with a sentence when the log can't be followed further."
  [log last send]
  (send)
  (loop [last (long last)]
    (if-let [since (log/await-since log (inc last) heartbeat-ms)]
      (let [{:keys [id] :as event} (news log since last)]
        (send :rows event)
        (Thread/sleep (long pause-ms))
        (recur (long id)))
      (if (< (long @(log/since log)) last)
        (send :ended {:message went-back})
        (do (send) (recur last))))))
