# Formulare, Übersichten, Storyboards und Dateien in Karten.

# Dateien in einer Karte
card-inputs = Gemacht aus { $inputs }
card-inputs-there = -# Die Dateien liegen bei [der ersten Bestellung]({ $url }).
card-storing = Deine Dateien werden abgelegt… Bleibt das so stehen, wurde nichts bestellt; bestell dann bitte noch einmal.
card-not-ordered = Es wurde nichts bestellt.
card-further = Einen Moment…
role-start = Ausgangsbild
role-end = letztes Bild
role-reference = Referenz
role-face = Gesicht
role-source = zum Bearbeiten
role-sound = Tonspur
role-style = Stil
role-mask = Maske
role-control = Steuerung
role-element = Element

# Eine Einstellung eines Storyboards
shot-line = { $number }. **{ $seconds } s** { $prompt }

# Der Knopf unter einer Ablehnung
suggestion-run = So bestellen
suggestion-run-without = Ohne { $option } bestellen
suggestion-run-kind = { $kind ->
        [video] Als Video bestellen
       *[image] Als Bild bestellen
    }
suggestion-run-with = Mit { $value } bestellen
suggestion-run-less = { $value } bestellen
suggestion-quality = Qualität { $value }
suggestion-run-model = { $model } nehmen
suggestion-count = { $kind ->
        [video] { $count ->
            [one] ein Video
           *[other] { $count } Videos
        }
       *[image] { $count ->
            [one] ein Bild
           *[other] { $count } Bilder
        }
    }
suggestion-whole = { $kind ->
        [video] { $count ->
            [one] Der Knopf bestellt dieses Video:
           *[other] Der Knopf bestellt diese { $count } Videos:
        }
       *[image] { $count ->
            [one] Der Knopf bestellt dieses Bild:
           *[other] Der Knopf bestellt diese { $count } Bilder:
        }
    }

# Formulare
form-yes = Ja
form-no = Nein
form-hint-both = { $allowed }; üblich ist { $default }
form-hint-shape = Leer: das Format deiner Datei
form-hint-default = Üblich ist { $default }
form-hint-allowed = { $allowed }
form-prompt = Prompt
form-prompt-mentions = Nenn die Dateien der Reihe nach @Image1, @Image2, @Video1, @Audio1 …
form-references-title = Dateien als Vorlage
form-references = Referenzen
form-references-hint = Bis zu 10 Bilder, Videos oder Töne; wie viele es nimmt, hängt vom Modell ab
form-references-further = Weitere Referenzen
file-field-face = Gesichter
file-field-style = Stil
file-field-mask = Maske: was sich ändern darf
file-field-control = Video, das die Bewegung vorgibt
file-field-element = Element { $number }
file-field-element-hint = Bis zu 4 Bilder einer Person oder Sache, das von vorn zuerst. Nenn sie @Element{ $number }.
form-files-label = Dateien
form-file = Aus dieser Nachricht
form-model = Modell
form-duration = Länge in Sekunden
form-next = Nächste Seite
form-order = Jetzt bestellen
form-change = Ändern
form-summary = Seite { $page } von { $pages } ist notiert. Bisher:
form-files = { $count ->
        [one] eine Datei
       *[other] { $count } Dateien
    }
form-done = Bestellt. Die Karte unten zeigt, wie es läuft.
form-asked = Die Karte unten fragt, ob dir der Preis recht ist.

# Einstellungen von Modellen, die einen einfacheren Namen haben als den des Modells. Die übrigen heißen wie dort.
parameter-duration = Dauer
parameter-aspect_ratio = Seitenverhältnis
parameter-resolution = Auflösung
parameter-seed = Seed
parameter-generate_audio = Ton
parameter-multi_prompt = Einstellungen eines Storyboards
parameter-negative_prompt = Was nicht zu sehen sein soll
parameter-num_inference_steps = Schritte
parameter-guidance = Wie eng am Prompt
parameter-guidance_scale = Wie eng am Prompt
parameter-cfg_scale = Wie eng am Prompt
parameter-num_frames = Anzahl der Bilder
parameter-fps = Bilder pro Sekunde
parameter-target_fps = Bilder pro Sekunde
parameter-output_fps = Bilder pro Sekunde
parameter-frames_per_second = Bilder pro Sekunde
parameter-interpolate_frames = Zwischenbilder einfügen
parameter-output_format = Dateiformat
parameter-output_quality = Qualität der Datei
parameter-image_size = Bildgröße
parameter-size = Größe
parameter-width = Breite in Pixeln
parameter-height = Höhe in Pixeln
parameter-prompt_extend = Das Modell darf den Prompt ausbauen
parameter-enable_prompt_expansion = Das Modell darf den Prompt ausbauen
parameter-disable_safety_checker = Ohne Sicherheitsprüfung
parameter-enable_safety_checker = Mit Sicherheitsprüfung
parameter-watermark = Wasserzeichen
parameter-keep_audio = Ton behalten
parameter-keep_original_sound = Ton behalten
parameter-target_resolution = Auflösung
parameter-upscale_factor = Wie viel Mal größer
parameter-camera_motion = Kamerabewegung

# /models
group-text-to-video = Text zu Video
group-image-to-video = Bild zu Video
group-reference-to-video = Referenz zu Video
group-video-to-video = Video zu Video
group-upscale = Hochskalieren
group-text-to-image = Text zu Bild
group-image-editing = Bildbearbeitung
models-title =
    { $words ->
        [none] { $count ->
            [one] Ein Modell
           *[other] { $count } Modelle
        }
       *[other] { $count ->
            [one] Ein Modell für „{ $words }“
           *[other] { $count } Modelle für „{ $words }“
        }
    }
models-none = Nichts passt. Wähl unten eine andere Gruppe, oder such mit weniger Wörtern.
models-choose-group = Was es können soll
models-all = Alles
models-choose = Eins ansehen
models-previous = Zurück
models-next = Weiter
models-cheap-first = Günstigste zuerst
models-preferred-first = Übliche zuerst
models-page = Seite { $page } von { $pages }
models-other = Etwas anderes
models-takes = Nimmt
models-costs = Kostet
models-example = Zum Beispiel
models-order = Damit bestellen
models-back = Alle Modelle
models-file =
    { $kind ->
        [image] Bild
        [video] Video
       *[audio] Ton
    } ({ $role }){ $most ->
        [one] {""}
        [none] , mehrere
       *[other] , bis zu { $most }
    }{ $needed ->
        [yes] , nötig
       *[no] {""}
    }
models-further = { $count ->
        [one] -# … und ein weiterer Wert, im Formular
       *[other] -# … und { $count } weitere Werte, im Formular
    }
# What a model takes and makes, on one line; and the words by which cheap and fast models are searched for.
medium = { $kind ->
        [image] Bild
        [video] Video
        [audio] Ton
       *[text] Text
    }
search-cheap = günstig, guenstig, günstige, günstigste, billig, billige, preiswert, preiswerte, sparsam
search-fast = schnell, schnelle, schneller, schnellste, flott, zügig, rasch

price-each = je { $source ->
        [learnt] etwa { $price }
       *[other] { $price }
    }
price-length = { $source ->
        [learnt] etwa { $price }
       *[other] { $price }
    } für { $seconds } s
price-second = { $price } pro Sekunde
price-from = ab { $price } je Ergebnis
models-price-unknown = Was es kostet, ist vorher nicht bekannt.

# /storyboard
board-title = Storyboard
board-shots = Einstellungen, eine je Zeile
board-shots-hint = 5s Wellen von oben. Ohne Länge dauert eine Einstellung 5 s.
board-ratio = Seitenverhältnis
board-files-hint = Bilder, die in den Einstellungen @Image1, @Image2 … heißen
board-one-by-one = (ein Video je Einstellung)
board-length = Zusammen **{ $seconds } s**. { $cost }
board-shape = Format: { $shape }
board-price = Preis: { $estimate }.
board-separate = Dieses Modell fügt Einstellungen nicht zusammen. Du bekämst **{ $count } einzelne Videos**, jedes als eigene Bestellung.
board-order = Bestellen
board-order-all = { $count } Videos bestellen
board-edit = Bearbeiten
board-mend = Passend machen
board-cancel = Abbrechen
board-cancelled = Es wurde nichts bestellt.
board-ordered = { $count } von { $all } bestellt. Die Karten zeigen, wie es läuft.
board-asked = { $count ->
        [one] Eine von { $all } wartet, ob dir der Preis recht ist: Ihre Karte fragt danach.
       *[other] { $count } von { $all } warten, ob dir der Preis recht ist: Jede Karte fragt danach.
    }
