(ns ^:no-doc flumelog.cli.append
  "From lines to values, for flumelog.cli.LineValues."
  (:require [flumelog.options :as options])
  (:import (flumelog.codec Codec Codecs)))

(set! *warn-on-reflection* true)

(defn parser
  "A function from a line, which is EDN or JSON as `form` says, to its value."
  [form]
  (let [^Codec codec (options/->codec form)]
    (fn [^String line] (.decode codec (Codecs/utf8 line)))))
