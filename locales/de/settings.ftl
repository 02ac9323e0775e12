# /settings und /setup, und was im Protokollkanal steht.

# So nennt /settings seine Abschnitte zur Auswahl; drei heißen wie Befehle.
name-overview = überblick
name-billing = bezahlung
name-budgets = budgets
name-prices = preise
name-unclear = unklar
name-members = mitglieder
name-access = zugang
name-words = wörter
name-hours = zeiten
name-log = protokollkanal
name-reviews = freigaben
name-audit = protokoll

# Die Tafel
settings-pick-section = Gehe zu …
settings-saved = ✅ Gespeichert. Es gilt ab sofort.
settings-change = Ändern
settings-again = Noch einmal ausfüllen
settings-now-there = Dort ist es jetzt { $time }.
settings-section-overview = Überblick
settings-section-billing = Bezahlung
settings-section-budgets = Budgets und Rückfragen
settings-section-prices = Preise, die niemand nennt
settings-section-unclear = Was vielleicht berechnet wurde
settings-section-members = Grenzen für Mitglieder
settings-section-access = Wer bestellen darf, und wo
settings-section-models = Was bestellt werden darf
settings-section-words = Wörter
settings-section-hours = Zeiten und Zeitzone
settings-section-queue = Warteschlange
settings-section-log = Protokollkanal und Wochenbericht
settings-section-reviews = Ein Ja der Moderation, bevor andere Ergebnisse sehen
settings-section-privacy = Datenschutz
settings-section-audit = Protokoll
settings-section-protection = Wie vorsichtig
settings-section-trial = Ein erstes Bild
settings-about-overview = So ist Drover auf diesem Server eingerichtet. Wähle unten, was du ändern möchtest.
settings-about-billing = Wer bezahlt, was Mitglieder hier bestellen.
settings-about-budgets = Ist ein Budget aufgebraucht, wird bis zum nächsten Tag oder Monat nichts mehr angenommen. Bei 50, 80 und 100 % steht es im Protokollkanal.
settings-about-prices = Was manche Modelle kosten, weiß vorher niemand. Dann wird ein Betrag zurückgelegt, bis es bekannt ist, damit ein Budget hält. Was du über Preise weißt, geht vor; es zählt, wo dieser Server selbst bezahlt.
settings-about-unclear = Was hieraus wurde, hat Oxen nie gesagt; darum zählen die Schätzungen zu den Budgets. Sieh in deinem Konto bei Oxen nach und sag hier, was stimmt. Es geht nur um das Geld: Ein Ergebnis, das auftaucht, wird geliefert.
settings-about-members = Was ein Mitglied bestellen und ausgeben darf. Gilt mehreres, zählt das Großzügigste. Reserviertes zählt mit, bis der Auftrag vorbei ist.
settings-about-access = Wähle niemanden und nichts aus, damit alle überall bestellen dürfen. Eine Kategorie steht für alle ihre Kanäle.
settings-about-models = Wähle nichts aus, um alle Modelle anzubieten. Ein Modell ist erlaubt, wenn es genannt ist oder eine seiner Gruppen ausgewählt ist.
settings-about-words = Prompts mit diesen Wörtern werden höflich abgelehnt. Wer eines geschrieben hat, erfährt welches; sonst niemand.
settings-about-hours = Nach dieser Uhr beginnen Tage und Monate der Budgets. In Ruhezeiten wird nichts bestellt; was schon läuft, läuft weiter.
settings-about-queue = So viele Ergebnisse entstehen gleichzeitig; was darüber hinausgeht, wartet, und die Mitglieder wechseln sich ab.
settings-about-log = Dort schreibe ich, wenn ein Budget zur Neige geht oder ein Schlüssel nicht mehr gilt; auf Wunsch auch, was Moderatoren tun und wie die Woche war.
settings-about-reviews = In diesen Kanälen und Kategorien geht ein Ergebnis zuerst an die Moderation: in den Protokollkanal oder in einen eigenen. Nach einem Ja poste ich es wie immer; nach einem Nein oder einem Tag ohne Antwort sage ich es dem, der es bestellt hat. Berechnet wird es in jedem Fall, denn es wurde gemacht.
settings-about-privacy = Nach dieser Zeit vergesse ich die Worte eines Auftrags, der vorbei ist. Was er gekostet hat, bleibt in den Büchern.
settings-about-audit = Wer diese Einstellungen geändert und wer was mit der Warteschlange gemacht hat. Das Neueste zuerst.
settings-about-protection = Ausgegeben wird von deinen Mitgliedern, bezahlt wird von dir. Such dir eins aus; jeden Teil davon kannst du später ändern.
settings-about-trial = Bestelle etwas Kleines, um zu sehen, ob alles klappt.

# Bezahlung
settings-namespace = Aufträge bezahlt der Namespace **{ $namespace }** auf Oxen.ai.
settings-key = Dieser Server zahlt mit seinem eigenen Oxen.ai-Schlüssel mit der Endung „{ $tail }“.
settings-key-refused = ⚠️ Oxen.ai nimmt den Schlüssel dieses Servers mit der Endung „{ $tail }“ nicht mehr an; niemand kann bestellen. Gib einen anderen ein.
settings-namespace-none-refused = ⚠️ Noch bezahlt niemand, also kann niemand bestellen. Nenne einen Namespace, oder gib einen Schlüssel dieses Servers ein.
settings-namespace-none-own = Es bezahlt, wer den Bot betreibt, denn dieser Server hat nichts festgelegt. Du kannst das ändern.
settings-namespace-none-trial = Dieser Server ist auf Probe: Wer den Bot betreibt, bezahlt noch **{ $left }**. Danach musst du sagen, wer bezahlt.
settings-namespace-saved = ✅ Gespeichert. Ab jetzt bezahlt **{ $namespace }** die Aufträge dieses Servers. Was schon läuft, bezahlt, wer bisher bezahlt hat.
settings-key-saved = ✅ Gespeichert. Ab jetzt zahlt dieser Server mit seinem Schlüssel mit der Endung „{ $tail }“. Er liegt verschlüsselt bei mir; mehr als das zeige ich nie.
settings-key-forgotten = ✅ Der Schlüssel ist vergessen, und mit ihm der Namespace. Gelöscht wird er, wenn der letzte Auftrag damit vorbei ist.
settings-key-forget-sure = **Den Schlüssel vergessen?** Dann bezahlt von diesem Server niemand mehr, bis du einen Namespace nennst oder einen Schlüssel eingibst. Was läuft, läuft weiter.
settings-key-forget = Schlüssel vergessen
settings-key-keep = Behalten
settings-namespace-set = Namespace nennen
settings-namespace-clear = Namespace entfernen
settings-namespace-cleared = ✅ Gespeichert. Der Namespace ist entfernt; was schon läuft, bezahlt er noch.
settings-key-set = Schlüssel eingeben
settings-key-impossible = Wer den Bot betreibt, hat ihn nicht für Schlüssel von Servern vorbereitet; ein Namespace geht.
settings-field-namespace = Namespace auf Oxen.ai
settings-hint-namespace = Wie in der Adresse seiner Seite: oxen.ai/dein-namespace. Ich frage Oxen.ai, bevor er gilt.
settings-field-key = API-Schlüssel von Oxen.ai
settings-hint-key = Aus deinem Profil auf Oxen.ai, API keys. Danach sind nur die letzten vier Zeichen zu sehen.

# Budgets
settings-spent = { $span ->
        [today] Heute
       *[month] Diesen Monat
    }: { $charged } berechnet{ $reserved ->
        [none] {""}
       *[other] , { $reserved } reserviert
    }{ $unclear ->
        [none] {""}
       *[other] , { $unclear } unklar
    }{ $left ->
        [none] .
       *[other] {" "}· noch **{ $left }** von { $budget }; neu beginnt es { $resets }.
    }

# Hinweise in Formularen
settings-hint-amount = { $rule ->
        [confirm_above] In USD, zum Beispiel 0,50. Bei 0 wird immer nachgefragt, leer nie.
       *[other] In USD, zum Beispiel 25 oder 12,50. Leer: keine Grenze.
    }
settings-hint-ceiling = In USD, zum Beispiel 0,25.
settings-hint-prices = Eine Zeile je Modell: Name = USD für ein Bild oder eine Sekunde. Etwa: nano-banana-2 = 0.04
settings-prices-left-out = Gespeichert, ohne diese Zeilen:
price-line = Zeile { $number }, „{ $line }“: { $why ->
        [model] so ein Modell gibt es nicht
        [twice] dieses Modell hat schon einen Preis
        [currency] nur US-Dollar werden verstanden
        [negative] ein Preis ist nicht negativ
        [large] so viel kostet nichts
        [number] das ist kein Betrag
       *[shape] schreib es als: Modell = 0.04
    }
unclear-none = ✅ Nichts ist unklar.
unclear-line = **{ $price }** · Auftrag { $order }, Ergebnis { $number } · { $model } · { $user } · { $when }
unclear-option = { $price } · Auftrag { $order }, Ergebnis { $number }
unclear-pick = Eines klären
unclear-ask = Wurde es berechnet?
unclear-free = Nicht berechnet
unclear-charged = { $price } berechnet
unclear-freed = ✅ Geklärt: Auftrag { $order } wurde nicht berechnet, { $price } sind wieder frei.
unclear-booked = ✅ Geklärt: { $price } sind für Auftrag { $order } gebucht.
refusal-unclear-settled = Das ist inzwischen geklärt. Es hat sich nichts geändert.
settings-hint-limit = { $what ->
        [spend_per_day] In USD, zum Beispiel 2,50. Leer: keine Grenze.
        [spend_per_month] In USD, zum Beispiel 20. Leer: keine Grenze.
        [longest] Sekunden, zum Beispiel 10. Leer: keine Grenze.
        [resolution] Zum Beispiel 720p, 1080p oder 4k. Leer: keine Grenze.
       *[other] Eine ganze Zahl. Leer: keine Grenze.
    }
settings-hint-models = Ids oder Namen, einer je Zeile. Leer: keine.
settings-hint-words = Eines je Zeile. * steht für beliebige Buchstaben: explo* findet explodieren und Explosion.
settings-hint-hours = { $rule ->
        [time_zone] Zum Beispiel Europe/Berlin. Leer: UTC.
       *[other] Zum Beispiel 22-7 oder 22:30-06:00. Leer: keine.
    }
settings-hint-running = Eine ganze Zahl von 1 bis 1000. Leer: keine Grenze.
settings-field-limit = { $what ->
        [in_flight] Aufträge gleichzeitig
        [per_day] Aufträge am Tag
        [spend_per_day] Ausgaben am Tag
        [spend_per_month] Ausgaben im Monat
        [longest] Längstes Video
       *[resolution] Höchste Auflösung
    }
settings-form-limits = { $who ->
        [everyone] Grenzen für alle
       *[other] Grenzen für { $who }
    }
settings-limits-everyone = Aufträge und Ausgaben, für alle
settings-sizes-everyone = Länge und Auflösung, für alle
settings-limits-role = Aufträge und Ausgaben, für eine Rolle …
settings-sizes-role = Länge und Auflösung, für eine Rolle …
settings-pick-roles = Rollen, die bestellen dürfen (keine: alle)
settings-pick-channels = Kanäle, in denen bestellt wird (keine: alle)
settings-pick-banned = Mitglieder, die nicht bestellen dürfen
settings-pick-groups = Gruppen von Modellen (keine: alle)
settings-models-name = Einzelne Modelle nennen
settings-pick-log = Protokollkanal (keiner: keine Nachrichten)
settings-pick-reviewed = Kanäle, in denen Ergebnisse warten (keiner: nirgends)
settings-pick-review = Wo die Moderation gefragt wird (keiner: Protokollkanal)
settings-pick-retention = Wie lange Prompts bleiben
settings-switch = { $rule }: { $state ->
        [on] an
       *[off] aus
    }
settings-log-hello = Ab jetzt steht hier, was es auf diesem Server Neues gibt: Budgets, die zur Neige gehen, ein Schlüssel, der nicht mehr gilt, und was sonst unter `/einstellungen` gewählt wurde.
settings-review-hello = Ab jetzt frage ich hier die Moderation, bevor ich in manchen Kanälen Ergebnisse zeige.
settings-log-lost = ⚠️ In { $channel } konnte ich nicht mehr schreiben: Der Kanal ist gelöscht, oder ich darf es nicht. Jetzt gibt es keinen Protokollkanal; bitte wähle einen.
settings-models-gone = ⚠️ Diese bietet Oxen.ai nicht mehr an: { $models }
deleted-role = eine gelöschte Rolle
deleted-channel = ein gelöschter Kanal
settings-audit-none = Noch nichts.
settings-audit-newest = Neueste
settings-audit-older = Ältere

refusal-log-channel = In { $where } kann ich nicht schreiben; es hat sich nichts geändert. Erlaube mir, ihn zu sehen und dort Nachrichten zu senden, oder wähle einen anderen Kanal.
refusal-log-channel-later = Discord lässt mich gerade nicht schreiben; es hat sich nichts geändert. Bitte versuch es in einer Minute noch einmal.
refusal-review-nowhere = Irgendwo muss die Moderation gefragt werden; es hat sich nichts geändert. Wähle hier zuerst einen Kanal dafür oder einen Protokollkanal.
refusal-resolution = „{ $given }“ ist keine Auflösung, die ich kenne. Schreib sie als 720p, 1080p oder 4k, oder lass das Feld leer für keine Grenze.
refusal-rule-model = Ein Modell „{ $given }“ kenne ich nicht; es hat sich nichts geändert.{ $nearest ->
        [none] {""}
       *[other] {" "}Meinst du **{ $nearest }**?
    }
refusal-rule-models-many = Das sind { $count } Modelle; höchstens { $max } passen. Wähle stattdessen Gruppen.
refusal-rule-words-long = Die Wörter haben zusammen { $length } Zeichen; höchstens { $max } passen.

# Die Regeln in Worten
rule-name = { $rule ->
        [month_budget] Budget im Monat
        [day_budget] Budget am Tag
        [confirm_above] Nachfragen
        [unpriced] Aufträge ohne bekannten Preis
        [ceiling_image] Zurückgelegt für ein Bild ohne bekannten Preis
        [ceiling_second] Zurückgelegt für eine Sekunde solcher Videos
        [prices] Eigene Preise
        [running] Gleichzeitige Ergebnisse
        [everyone] Grenzen für alle
        [by_role] Grenzen nach Rolle
        [channels] Kanäle
        [roles] Rollen, die bestellen dürfen
        [models] Einzeln erlaubte Modelle
        [groups] Gruppen von Modellen
        [blocked] Abgelehnte Wörter
        [restricted] Wörter nur in altersbeschränkten Kanälen
        [restricted_models] Modelle nur in altersbeschränkten Kanälen
        [quiet] Ruhezeit
        [banned] Mitglieder, die nicht bestellen dürfen
        [log_channel] Protokollkanal
        [log_channel_lost] Verlorener Protokollkanal
        [showcase_channel] Kanal des Schaufensters
        [showcase_channel_lost] Verlorener Kanal des Schaufensters
        [showcase_stars] Sterne für das Schaufenster
        [reviewed] Kanäle, in denen Ergebnisse auf die Moderation warten
        [review_channel] Wo die Moderation gefragt wird
        [acts_told] Eingriffe und Änderungen
        [weekly_summary] Wochenbericht
        [retention] Prompts bleiben
        [paused] Warteschlange angehalten
        [drained] Neue Aufträge abgelehnt
       *[time_zone] Zeitzone
    }
rule-none = { $rule ->
        [month_budget] keine Grenze
        [day_budget] keine Grenze
        [confirm_above] nie
        [running] keine Grenze
        [everyone] keine
        [channels] alle
        [roles] alle
        [groups] alle
        [banned] niemand
        [retention] solange ich hier bin
        [log_channel] keiner
        [showcase_channel] keiner
        [review_channel] im Protokollkanal
       *[other] keine
    }
rule-on = an
rule-off = aus
rule-always = bei jedem Auftrag
rule-above = über { $amount }
rule-unpriced = { $choice ->
        [refuse] abgelehnt
        [manager] wer den Server verwaltet, muss zustimmen
       *[ceiling] bestellt, ein Betrag wird zurückgelegt
    }
rule-prices = { $count ->
        [one] ein Modell
       *[other] { $count } Modelle
    }
rule-allowance = { $what ->
        [in_flight] { $value } gleichzeitig
        [per_day] { $value } am Tag
        [spend_per_day] { $value } am Tag
        [spend_per_month] { $value } im Monat
        [longest] höchstens { $value } s
       *[resolution] höchstens { $value }p
    }
rule-further = … und { $count } weitere
rule-patterns = { $count ->
        [one] eines
       *[other] { $count }
    }
rule-days = { $count ->
        [one] einen Tag
       *[other] { $count } Tage
    }

# Was jemand getan hat, im Protokoll und im Protokollkanal
act-nobody = Drover
act-rules-changed = { $user } hat **{ $rule }** geändert: { $before } → { $after }
act-payer-changed = { $user } hat geändert, **wer bezahlt**: { $before } → { $after }
act-cancelled-order = { $user } hat Auftrag { $subject } abgebrochen
act-cancelled-member = { $user } hat alles von { $subject } abgebrochen
act-cancelled-channel = { $user } hat alles in { $subject } abgebrochen
act-cancelled-all = { $user } hat alles abgebrochen
act-unclear-charged = { $user } hat gesagt, dass Auftrag { $subject } mit { $before } berechnet wurde
act-unclear-free = { $user } hat gesagt, dass Auftrag { $subject } nicht mit { $before } berechnet wurde
act-moved = { $user } hat Auftrag { $subject } in der Warteschlange verschoben
act-paused = { $user } hat die Warteschlange angehalten
act-drained = { $user } lässt keine neuen Aufträge mehr zu
act-resumed = { $user } hat **{ $rule }** geändert: { $before } → { $after }
payer-none = niemand
payer-namespace = Namespace { $namespace }
payer-key = Schlüssel mit der Endung „{ $tail }“

# Der Protokollkanal
notice-budget = { $share ->
        [100] 🛑 Das { $period ->
            [day] Budget des Tages
           *[month] Budget des Monats
        } von { $budget } ist aufgebraucht; es werden keine Aufträge mehr angenommen. Es beginnt <t:{ $resets }:R> von Neuem; wer diesen Server verwaltet, kann es unter `/einstellungen` erhöhen.
       *[other] 💰 { $share } % des { $period ->
            [day] Tagesbudgets
           *[month] Monatsbudgets
        } von { $budget } sind ausgegeben oder reserviert: { $spent }. Es beginnt <t:{ $resets }:R> von Neuem.
    }
notice-agreement = 🤝 <@{ $user }> möchte mit **{ $model }** bestellen, dessen Preis vorher niemand kennt; bis zu { $price } würden zurückgelegt. Wer diesen Server verwaltet, kann einen Tag lang hier zustimmen: https://discord.com/channels/{ $server }/{ $channel }/{ $message }
notice-above = 💸 Oxen hat { $price } für ein Ergebnis von Auftrag { $order } mit **{ $model }** berechnet, zurückgelegt waren { $reserved }. Es ist gebucht und zählt zu den Budgets.
notice-difference = 🧾 Seit dem letzten Vergleich liegt Oxens eigene Summe um { $change } { $side ->
        [more] höher
       *[less] niedriger
    } als meine Bücher. Dahinter kann stecken: { $unclear-outputs ->
        [0] {""}
        [one] ein Ergebnis, das unklar ist ({ $unclear-usd }),{" "}
       *[other] { $unclear-outputs } Ergebnisse, die unklar sind ({ $unclear-usd }),{" "}
    }{ $estimated-outputs ->
        [0] {""}
        [one] ein Ergebnis, dessen Kosten Oxen nicht genannt hat ({ $estimated-usd }),{" "}
       *[other] { $estimated-outputs } Ergebnisse, deren Kosten Oxen nicht genannt hat ({ $estimated-usd }),{" "}
    }{ $running-outputs ->
        [0] {""}
        [one] ein Ergebnis, das gerade entsteht ({ $running-usd }),{" "}
       *[other] { $running-outputs } Ergebnisse, die gerade entstehen ({ $running-usd }),{" "}
    }{ $late-outputs ->
        [0] {""}
        [one] ein Ergebnis, das zu spät kam ({ $late-usd }),{" "}
       *[other] { $late-outputs } Ergebnisse, die zu spät kamen ({ $late-usd }),{" "}
    }{ $failed-outputs ->
        [0] {""}
        [one] ein Fehlschlag, der trotzdem berechnet sein kann ({ $failed-usd }),{" "}
       *[other] { $failed-outputs } Fehlschläge, die trotzdem berechnet sein können ({ $failed-usd }),{" "}
    }oder jemand, der das Konto neben mir benutzt. Unklares lässt sich unter `/einstellungen` klären; nach dem Rest frag Oxen.ai.
notice-untold = 📭 Ich konnte das Ergebnis des Auftrags { $order } weder in <#{ $channel }> posten noch direkt zuschicken. Bitte lasst mich diesen Kanal sehen, dort Nachrichten senden und Dateien anhängen; ich versuche es einen Tag lang weiter. `/verlauf` zeigt es mit der ID.
notice-key-refused = 🔑 Oxen.ai nimmt den Schlüssel dieses Servers mit der Endung „{ $tail }“ nicht mehr an; niemand kann bestellen. Wer diesen Server verwaltet, kann unter `/einstellungen` einen anderen eingeben.
notice-deleted = { $rule ->
        [limits] 🧹 Eine Rolle mit eigenen Grenzen wurde gelöscht; diese Grenzen gelten jetzt für niemanden.
        [channels] ⚠️ Ein Kanal, in dem bestellt werden konnte, wurde gelöscht. { $left ->
            [0] Es war der letzte, also kann niemand bestellen
           *[other] In den anderen geht es weiter
        }; wer diesen Server verwaltet, kann das in `/einstellungen` unter „Wer bestellen darf, und wo“ ändern.
       *[roles] ⚠️ Eine Rolle, die bestellen durfte, wurde gelöscht. { $left ->
            [0] Es war die letzte, also kann niemand bestellen
           *[other] Die anderen dürfen weiterhin
        }; wer diesen Server verwaltet, kann das in `/einstellungen` unter „Wer bestellen darf, und wo“ ändern.
    }

# /setup
setup-step = Schritt { $step } von { $steps }
setup-back = Zurück
setup-next = Weiter
setup-skip = Überspringen
setup-protection =
    - **Vorsichtig**: { $budget } im Monat für den ganzen Server, eine Frage vor Aufträgen über { $above }, und { $count ->
        [one] ein Auftrag
       *[other] { $count } Aufträge
    } am Tag für jedes Mitglied. Wo ein Preis nicht bekannt ist, werden { $image } für ein Bild und { $second } für eine Sekunde Video zurückgelegt.
    - **Offen**: kein Budget, keine Frage, keine Grenzen für Mitglieder. Sie können bestellen, soweit das Konto reicht.
    - **Selbst wählen**: alles davon, eins nach dem anderen.
setup-cautious = Vorsichtig
setup-open = Offen
setup-choose = Selbst wählen
setup-cautious-set = ✅ Vorsichtig eingestellt. Mit `/einstellungen` lässt sich jeder Teil davon ändern.
setup-open-set = ✅ Offen eingestellt: Nichts begrenzt, was bestellt wird. Grenzen setzt `/einstellungen` jederzeit.
setup-trial = **{ $model }** macht ein Bild für **{ $price }**: „{ $prompt }“. Es erscheint in diesem Kanal, für alle sichtbar.
setup-trial-order = Für { $price } bestellen
setup-trial-none = Im Moment kenne ich kein Modell, dessen Preis öffentlich ist und das dieser Server erlaubt. Überspring das; `/bild` geht, sobald es eines gibt.
setup-prompt = ein Leuchtturm auf einer kleinen Insel bei Sonnenaufgang, Aquarell
setup-ordered = 🎉 Bestellt. Das Bild erscheint in diesem Kanal, wenn es fertig ist, meist in einer Minute.
setup-asked = 👇 Fast fertig: Dieser Server fragt bei so einem Preis nach; sag in der Karte darunter Ja dazu.
setup-done-title = Fertig eingerichtet
setup-done = Mitglieder bestellen mit `/video` und `/bild`. Mit `/einstellungen` lässt sich alles ändern, und mehr: Grenzen für Mitglieder und Rollen, Modelle, Wörter, Ruhezeiten.
