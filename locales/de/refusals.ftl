# Was jemand selbst ändern kann: was nicht stimmt und was richtig wäre.

refusal-prompt-empty = Der Prompt ist leer. Sag mir, was zu sehen sein soll.
refusal-prompt-long = Der Prompt hat { $length } Zeichen, höchstens { $max } passen. Bitte kürze ihn.
refusal-count = Ich kann 1 bis { $max } auf einmal machen, nicht { $given }.
refusal-model-unknown =
    Ein Modell „{ $given }“ gibt es nicht. { $nearest ->
        [none] Tipp unter **modell** ein paar Buchstaben und such dir eins aus der Liste aus.
       *[other] Meintest du **{ $nearest }**? Tipp unter **modell** ein paar Buchstaben, dann siehst du, was es gibt.
    }
refusal-model-text-only = **{ $model }** schreibt Texte und macht keine Bilder oder Videos. Such dir unter **modell** ein anderes aus der Liste aus.
refusal-model-wrong-kind =
    { $makes ->
        [video] **{ $model }** macht Videos. Nimm dafür `/video` oder such dir ein Bildmodell aus.
       *[image] **{ $model }** macht Bilder. Nimm dafür `/bild` oder such dir ein Videomodell aus.
    }
refusal-model-needs-input = **{ $model }** braucht mehr als einen Prompt ({ $needs }), und das kann ich noch nicht weitergeben. Such dir unter **modell** ein anderes aus der Liste aus.
refusal-no-models = Dafür gibt es bei Oxen.ai gerade kein Modell. Bitte versuch es später noch einmal.
refusal-option-unknown = **{ $model }** hat keine Option **{ $option }**. Lass sie weg oder nimm ein anderes Modell.
refusal-duration =
    { $given ->
        [one] Eine Länge von { $given } Sekunde geht mit diesem Modell nicht. Es kennt: { $allowed }. Am nächsten liegt **{ $nearest }**.
       *[other] Eine Länge von { $given } Sekunden geht mit diesem Modell nicht. Es kennt: { $allowed }. Am nächsten liegt **{ $nearest }**.
    }
refusal-not-a-choice = **{ $option }** kann mit diesem Modell nicht „{ $given }“ sein. Es kennt: { $allowed }.
refusal-out-of-range = **{ $option }** kann mit diesem Modell nicht { $given } sein. Möglich ist { $allowed }, am nächsten liegt **{ $nearest }**.
refusal-not-a-number = „{ $given }“ ist keine ganze Zahl. Nimm nur Ziffern, zum Beispiel 42.
refusal-catalogue-missing = Ich erreiche Oxen.ai gerade nicht und kenne deshalb seine Modelle nicht. Es wurde nichts bestellt. Bitte versuch es in einer Minute noch einmal.
refusal-no-namespace = Für diesen Server bezahlt noch niemand, deshalb wurde nichts bestellt. Wer den Server verwalten darf, kann den Namespace auf Oxen.ai mit `/einstellungen namespace` festlegen.
refusal-namespace-name = „{ $given }“ kann kein Namespace sein. Er besteht aus Buchstaben, Ziffern, Punkten, Binde- und Unterstrichen, so wie in der Adresse deiner Seite auf Oxen.ai.
refusal-guild-only = Ich arbeite auf Servern, denn der Server bezahlt. Bitte benutze diesen Befehl in einem Kanal auf einem Server.
refusal-cannot-post = Ich könnte das Ergebnis in diesem Kanal nicht posten, mir fehlt hier das Recht: { $missing }. Bitte jemanden aus der Moderation, es mir zu geben, oder nimm einen anderen Kanal. Es wurde nichts bestellt.
refusal-cancel-unknown = Diese Generierung kenne ich nicht. Such dir eine aus der Liste aus.
refusal-cancel-not-yours = Das kann nur abbrechen, wer es bestellt hat, oder die Moderation.
refusal-cancel-over = Das ist schon vorbei, da gibt es nichts mehr abzubrechen.
refusal-cancel-already = Das wird schon abgebrochen. Es dauert einen Moment.
refusal-manage-server = Das kann nur, wer diesen Server verwalten darf.
refusal-closing = Ich starte gerade neu. Bitte versuch es in einer Minute noch einmal; es wurde nichts bestellt.
refusal-link-unknown = Dieses Ergebnis kenne ich nicht mehr.
refusal-link-later = Oxen ist gerade nicht zu erreichen. Drück den Knopf bitte in einer Minute noch einmal.
refusal-link-gone = Oxen bietet dieses Ergebnis nicht mehr zum Herunterladen an. Vielleicht liegt es noch im Namespace auf Oxen.ai.
refusal-again-unknown = Diesen Auftrag kenne ich nicht mehr.
refusal-again-not-yours = Noch einmal bestellen kann das nur, wer es bestellt hat, oder die Moderation. `/video` und `/bild` sind für alle da.
refusal-again-already = Das wurde schon noch einmal bestellt; schau nach der neueren Karte.
refusal-again-not-yet = Ein Teil dieses Auftrags läuft noch. Bitte warte, bis alles zu Ende ist.
refusal-again-nothing = Von diesem Auftrag ist nichts so gescheitert, dass ein neuer Versuch etwas ändern würde.
