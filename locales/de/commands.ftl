# Namen (name-...) und Beschreibungen der Befehle und Optionen, wie Discord sie auflistet.
# Namen: klein geschrieben, ohne Leerzeichen, 1-32 Zeichen. Beschreibungen: 1-100 Zeichen.

name-video = video
name-image = bild
name-queue = warteschlange
name-cancel = abbrechen
name-about = info
name-settings = einstellungen
name-namespace = namespace
name-show = anzeigen
name-prompt = prompt
name-model = modell
name-duration = dauer
name-aspect_ratio = seitenverhältnis
name-seed = seed
name-count = anzahl
name-audio = ton
name-scope = bereich
name-mine = meine
name-server = server
name-generation = generierung
name-name = name

command-video = Bestell ein Video; sobald es fertig ist, wird es hier gepostet
command-image = Bestell Bilder; sobald sie fertig sind, werden sie hier gepostet
command-queue = Sieh nach, was für diesen Server gerade entsteht
command-cancel = Brich eine deiner Generierungen ab
command-about = Was Drover ist und wie du ihn benutzt
command-settings = Wie Drover auf diesem Server arbeitet
command-settings-namespace = Leg fest, welcher Namespace auf Oxen.ai für diesen Server bezahlt
command-settings-show = Zeig die Einstellungen dieses Servers

option-video-prompt = Was im Video zu sehen sein soll
option-image-prompt = Was auf dem Bild zu sehen sein soll
option-model = Welches Modell es macht; lass es weg, dann wird das übliche genommen
option-duration = Länge in Sekunden
option-aspect-ratio = Format, zum Beispiel 16:9 oder 9:16
option-seed = Gleicher Seed, gleiche Einstellungen: ein ähnliches Ergebnis
option-count = Wie viele du haben möchtest
option-audio = Mit Ton, wenn das Modell das kann
option-scope = Nur deine eigenen oder alle auf diesem Server
option-generation = Welche Generierung abgebrochen werden soll
option-namespace = Wie der Namespace auf Oxen.ai heißt
