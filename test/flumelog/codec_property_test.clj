(ns flumelog.codec-property-test
  "Whatever is appended comes back equal, or is refused: values of all classes that Clojure and Java have, in any order in one
   process, and under any settings of the printer."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.codec.nippy :as nippy]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [size]]
            [flumelog.values :as values])
  (:import (flumelog.values Equal Event Opaque)))

(set! *warn-on-reflection* true)

;; What the printer may be set to by the thread that appends

(defmethod print-method ::values/odd [_ ^java.io.Writer w] (.write w "odd"))
(defmethod print-dup ::values/odd [_ ^java.io.Writer w] (.write w "odd"))

(def ^:private printer-settings
  (gen/hash-map #'*print-length* (gen/elements [nil 0 1 2]), #'*print-level* (gen/elements [nil 0 1 2]), #'*print-meta* gen/boolean
                #'*print-dup* gen/boolean, #'*print-readably* gen/boolean, #'*print-namespace-maps* gen/boolean
                #'*flush-on-newline* gen/boolean))

(defn- outcome
  "What came of appending the value: :refused, :same, or what is wrong."
  [log in-text? value]
  (let [before @(log/since log), failure (error (log/append! log value))]
    (cond
      (= :encode failure) (if (= before @(log/since log)) :refused {:appended-and-refused @(log/since log)})
      failure             {:failed failure}
      :else (let [back (try (log/fetch log @(log/since log)) (catch Exception e {:unreadable (ex-message e)}))]
              (if (values/same? in-text? value back) :same {:wrote (class value), :came-back back})))))

(defn- gives-back-or-refuses [options in-text?]
  (prop/for-all [appended (gen/vector (gen/tuple printer-settings values/any-value) 1 8)]
    (with-open [l (memory/open options)]
      (every? #{:refused :same}
              (for [[settings value] appended]
                (with-bindings settings (outcome l in-text? value)))))))

(defspec edn-gives-back-or-refuses (size 60 1500) (gives-back-or-refuses {:codec :edn} true))
(defspec json-gives-back-or-refuses (size 60 1500) (gives-back-or-refuses {:codec :json} true))
(defspec nippy-gives-back-or-refuses (size 60 1500) (gives-back-or-refuses {:codec :nippy} false))
(defspec nippy-with-classes-gives-back-or-refuses (size 30 800)
  (gives-back-or-refuses {:codec (nippy/codec-with {:classes #{Event Opaque Equal}})} false))

(deftest generated-values-include-kept-and-refused-ones
  (doseq [codec [:edn :json :nippy]]
    (with-open [l (memory/open {:codec codec})]
      (is (= #{:refused :same} (set (for [seed (range 200)]
                                     (outcome l (not= :nippy codec) (gen/generate values/any-value (mod seed 50) seed))))) codec))))

(defspec plain-data-is-never-refused (size 30 1000)
  (prop/for-all [value (gen/such-that #(= % %) values/plain-value), settings printer-settings, codec (gen/elements [:edn :nippy])]
    (with-open [l (memory/open {:codec codec})]
      (with-bindings settings (= :same (outcome l (= :edn codec) value))))))
