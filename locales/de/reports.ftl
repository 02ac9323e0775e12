# /usage: was ausgegeben und gemacht wurde.

usage-title = { $whose ->
        [member] Verbrauch von { $user }
       *[server] Verbrauch dieses Servers
    }
usage-period = { $span ->
        [today] Heute ({ $label })
        [week] Diese Woche ({ $label })
        [last-month] Letzter Monat ({ $label })
       *[month] Dieser Monat ({ $label })
    }
usage-nothing = In dieser Zeit wurde nichts bestellt. `/video` und `/bild` ändern das.
usage-picture = Was an welchem Tag und für welches Modell ausgegeben wurde, als Bild; die Zahlen stehen darunter.
usage-spent = Ausgegeben
usage-orders = Aufträge
usage-success = Gelungen
usage-forecast = Ganzer Monat
usage-kind-title = { $kind ->
        [video] Videos
       *[image] Bilder
    } · { $spent }
usage-kind-value = { $count } gemacht{ $rate ->
        [none] {""}
       *[other] {" "}· { $rate }
    }{ $wait ->
        [none] {""}
       *[other] {" "}· meist { $wait }
    }
usage-number = { $count }
usage-by-day = Ausgaben nach Tagen
usage-by-member = Nach Mitgliedern
usage-by-model = Nach Modellen
usage-day-budget = Grenze für einen Tag: { $budget }
usage-of-budget = { $spent } von { $budget }
usage-unsure = ≈ und blass: geschätzt oder unklar, weil Oxen nicht gesagt hat, was es kostet
usage-line-spent = **{ $spent }** für { $count ->
        [one] einen Auftrag
       *[other] { $count } Aufträge
    }{ $reserved ->
        [none] .
       *[other] ; davon sind { $reserved } für Laufendes reserviert.
    }
usage-line-unclear = ❔ { $amount } davon sind unklar: Oxen hat nicht gesagt, was aus diesen Ergebnissen wurde; vielleicht wurden sie berechnet.
usage-line-estimated = ≈ { $amount } davon sind geschätzt: Oxen hat nicht genau gesagt, was diese Ergebnisse gekostet haben.
usage-line-budget = Budget: { $text } ({ $share }).
usage-line-states = ✅ { $ready } fertig · ❌ { $failed } fehlgeschlagen · 🚫 { $cancelled } abgebrochen{ $rate ->
        [none] .
       *[other] {" "}· { $rate } der Versuche sind gelungen.
    }
usage-line-kind = { $kind ->
        [video] 🎬 { $count ->
            [one] Ein Video
           *[other] { $count } Videos
        }
       *[image] 🖼️ { $count ->
            [one] Ein Bild
           *[other] { $count } Bilder
        }
    } für { $spent }{ $rate ->
        [none] {""}
       *[other] {" "}· { $rate } der Versuche gelungen
    }{ $half ->
        [none] .
       *[other] {" "}· die Hälfte in { $half } fertig, neun von zehn in { $most }.
    }
usage-line-held = An Oxen geschickt: die Hälfte innerhalb von { $half }, neun von zehn innerhalb von { $most }.
usage-line-forecast = 📈 Wenn es so weitergeht, werden es im ganzen Monat etwa { $amount }{ $exhausted ->
        [none] .
       *[other] ; das Budget wäre um den { $exhausted } aufgebraucht.
    }
usage-line = { $number }. { $name } · { $spent } · { $count ->
        [one] 1 Auftrag
       *[other] { $count } Aufträge
    }
usage-more = … und { $count } weitere.
usage-forgotten = { $spent } haben Leute ausgegeben, die inzwischen vergessen sind.
usage-seconds = { $number } s
usage-minutes = { $number } min
usage-hours = { $number } h
usage-table = CSV
usage-table-here = Bitte sehr: eine Zeile für alles, was gemacht wurde. Prompts stehen nicht darin; Zeiten sind UTC, Beträge US-Dollar. Die Spalte **amount** sagt, was jeder Betrag ist: charged (wie Oxen es gesagt hat), estimated (geschätzt), unclear (unklar) oder reserved (reserviert); **estimate** sagt, woher die Schätzung kam.

refusal-others-usage = Was andere ausgeben, geht nur sie und die Moderation etwas an. `/verbrauch` ohne Mitglied zeigt deinen Verbrauch.
refusal-table-long = Diese Tabelle hätte mehr als { $max } Zeilen. Bitte wähle einen kürzeren Zeitraum oder ein Mitglied.

# /grenzen: was ein Mitglied noch bestellen kann.

limits-title = Was du hier noch bestellen kannst
limits-refused = ⛔ Im Moment kannst du hier nichts bestellen. { $why }
limits-none = Hier begrenzt dich nichts. `/video` und `/bild` bestellen etwas.
limits-left = **{ $per ->
        [day] Heute
        [month] In diesem Monat
       *[all] Insgesamt
    }: { $left }**{ $resets ->
        [none] {""}
       *[other] {" "}· beginnt neu { $resets }
    }
limits-money = - { $whose ->
        [server] Das Budget dieses Servers
        [trial] Was der Betreiber dieses Bots dem Server zum Ausprobieren gibt
       *[member] Deine eigene Grenze{ $role ->
            [none] , wie bei allen
           *[other] , wegen { $role }
        }
    }: { $left } von { $limit } übrig
limits-orders = - { $count ->
        [0] Heute keine weiteren Aufträge
        [one] Heute noch ein Auftrag
       *[other] Heute noch { $count } Aufträge
    } von { $max } am Tag{ $role ->
        [none] , wie bei allen
       *[other] , wegen { $role }
    }
limits-in-flight = - { $count ->
        [0] Kein Auftrag von dir ist unterwegs
        [one] Ein Auftrag von dir ist unterwegs
       *[other] { $count } Aufträge von dir sind unterwegs
    }; { $max ->
        [one] einer darf es gleichzeitig sein
       *[other] { $max } dürfen es gleichzeitig sein
    }
limits-running = - { $max ->
        [one] Dieser Server macht eine Sache auf einmal; mehr wartet, bis es dran ist
       *[other] Dieser Server macht { $max } Sachen auf einmal; mehr wartet, bis es dran ist
    }
limits-longest = - Ein Video hat höchstens { $max ->
        [one] eine Sekunde
       *[other] { $max } Sekunden
    }
limits-resolution = - Nichts ist größer als { $lines }p
limits-reserved = Was für laufende Aufträge reserviert ist, gilt als ausgegeben. Wer diesen Server verwaltet, kann Grenzen unter `/einstellungen` ändern.

# /history: was einmal bestellt wurde.

history-title = { $whose ->
        [member] Verlauf
       *[server] Verlauf dieses Servers
    }{ $words ->
        [none] {""}
       *[other] : „{ $words }“
    }
history-none = { $more ->
        [yes] Hier war noch nichts. Es gibt aber noch mehr zu durchsuchen: Blättere weiter.
       *[no] Nichts gefunden.
    }
history-line = { $kind ->
        [video] 🎬
       *[image] 🖼️
    } { $link } · { $model } · { $states } · { $cost ->
        [none] Preis nicht bekannt
       *[other] { $cost }
    } · { $age }{ $user ->
        [none] {""}
       *[other] {" "}· { $user }
    }
history-option = { $order } · { $words }
history-open = Öffne einen Auftrag und hol seine Ergebnisse zurück
history-newer = Neuere
history-older = Ältere
history-back = Zurück
history-forgotten = (der Prompt wurde gelöscht)
history-no-words = Kein Prompt.
history-somebody = jemandem, der vergessen wurde
history-facts = Bestellt von { $user }, { $when } · { $cost ->
        [none] Preis nicht bekannt
       *[other] { $cost }
    }
history-output = { $ordinal }. { $state }
history-link = Nr. { $ordinal }: [hier öffnen]({ $url }). Der Link gilt eine Weile; danach bekommst du hier einen neuen.
history-link-covered = Nr. { $ordinal } zeigt, was verdeckt war: ||<{ $url }>||. Der Link gilt eine Weile; danach bekommst du hier einen neuen.
history-gone = Nr. { $ordinal } lässt sich nicht mehr herunterladen: Der Beitrag ist weg und der Link von Oxen auch. Vielleicht liegt es noch im Namespace { $namespace } auf Oxen.ai.
history-later = Nr. { $ordinal } lässt sich gerade nicht holen, weil Oxen nicht erreichbar ist. Bitte versuch es in einer Minute noch einmal.
history-alone = Nr. { $ordinal } passt hier nicht mehr hinein. Frag mit `/verlauf` und seiner ID allein danach.

refusal-others-history = Was andere gemacht haben, können nur sie und die Moderation durchsehen. `/verlauf` ohne Mitglied zeigt deinen Verlauf.
refusal-others-order = „{ $given }“ hat jemand anderes bestellt. Zurückholen können es diese Person und die Moderation.
refusal-order-not-found = Ich kenne „{ $given }“ auf diesem Server nicht. Wähle etwas aus der Liste unter **id** oder tippe die sechs Zeichen, die unter einem Ergebnis stehen.

# Die Zusammenfassung der Woche im Protokollkanal.

notice-weekly = ### Woche { $week }
    💵 **{ $spent }** für { $count ->
        [one] einen Auftrag
       *[other] { $count } Aufträge
    } · ✅ { $ready } fertig · ❌ { $failed } fehlgeschlagen · 🚫 { $cancelled } abgebrochen{ $rate ->
        [none] {""}
       *[other] {" "}· { $rate } gelungen
    }
    { $half ->
        [none] Fertig wurde nichts.
       *[other] Die Hälfte war innerhalb von { $half } s fertig, neun von zehn innerhalb von { $most } s.
    }
    Das meiste wurde ausgegeben für { $model ->
        [none] kein Modell
       *[other] { $model }
    }{ $member ->
        [none] .
       *[other] {" "}und von <@{ $member }>.
    }
