(ns ^:no-doc flumelog.view.bitmap.library
  "Loads if the library of bitmaps is on the class path; else it says which dependency is missing."
  (:import (flumelog.error OptionFailures)))

(set! *warn-on-reflection* true)

(try
  (Class/forName "org.roaringbitmap.RoaringBitmap")
  (catch ClassNotFoundException e
    (throw (OptionFailures/missingLibrary "flumelog.view/bitmap" "org.roaringbitmap/RoaringBitmap {:mvn/version \"1.6.29\"}" e))))
