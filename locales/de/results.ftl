# Was ein Ergebnis zurücknimmt: in den Details, bei Meldungen, bevor andere es sehen.

result-delete = 🗑️ Löschen
result-cover = 🫣 Als Spoiler markieren
result-uncover = 👁️ Kein Spoiler mehr
result-report = 🚩 Melden
delete-ask =
    ### Dieses Ergebnis löschen?
    { $count ->
        [one] Seine Nachricht mit der Datei und seine Karte verschwinden für alle.
       *[other] Seine Nachrichten mit allen { $count } Dateien und seine Karte verschwinden für alle.
    }{ $left ->
        [yes] {" "}Was noch nicht fertig ist, wird abgebrochen.
       *[no] {""}
    } Das lässt sich nicht rückgängig machen.
delete-money = { $cost ->
        [none] Bisher hat es nichts gekostet.
       *[other] Was es gekostet hat ({ $cost }), bleibt berechnet: Es wurde gemacht.
    }
delete-yes = Löschen
delete-keep = Behalten
delete-done = { $messages ->
        [done] 🗑️ Gelöscht. In `/verlauf` bleibt eine Zeile darüber, ohne die Dateien.
        [later] 🗑️ Gelöscht. Discord ist gerade langsam; die Nachrichten verschwinden gleich.
       *[closed] 🗑️ Für mich gelöscht, aber an eine Nachricht davon komme ich gerade nicht heran. Ich versuche es einen Tag lang weiter; die Moderation kann sie von Hand löschen.
    }
covered-done = { $messages ->
        [done] 🫣 Die Dateien sind jetzt Spoiler.
        [later] 🫣 Die Dateien werden gleich zu Spoilern; Discord ist gerade langsam.
       *[closed] 🫣 Ich komme gerade nicht an die Nachricht heran. Ich versuche es einen Tag lang weiter.
    }
uncovered-done = { $messages ->
        [done] 👁️ Die Dateien sind keine Spoiler mehr.
        [later] 👁️ Die Spoiler verschwinden gleich; Discord ist gerade langsam.
       *[closed] 👁️ Ich komme gerade nicht an die Nachricht heran. Ich versuche es einen Tag lang weiter.
    }
state-deleted = 🗑️ gelöscht
lineage-deleted = einem gelöschten Ergebnis
name-menu-delete = Dieses Ergebnis löschen
name-menu-report = Dieses Ergebnis melden

# Meldungen
report-title = Dieses Ergebnis melden
report-wrong = Was stimmt damit nicht?
report-words = In deinen Worten (wenn du magst)
report-done = { $told ->
        [moderators] 🚩 Danke. Die Moderation hat deine Meldung.
        [owner] 🚩 Danke. Dieser Server hat keinen Protokollkanal, deshalb habe ich es direkt seinem Besitzer gesagt.
        [later] 🚩 Danke. Discord ist gerade langsam; die Moderation bekommt deine Meldung gleich.
       *[nobody] 🚩 Ich habe es notiert, aber dieser Server hat keinen Protokollkanal, und seinen Besitzer konnte ich nicht erreichen. Bitte sag es selbst der Moderation.
    }
privacy-reports =
    { $count ->
        [one] Du hast hier ein Ergebnis gemeldet.
       *[other] Du hast hier { $count } Ergebnisse gemeldet.
    }
wrong-rules = Gegen die Regeln dieses Servers
wrong-sexual = Sexuell
wrong-violent = Gewalt oder Hass
wrong-person = Zeigt eine echte Person
wrong-other = Etwas anderes
case-title = ### 🚩 { $count ->
        [one] Gemeldet: { $result }
       *[other] Von { $count } Mitgliedern gemeldet: { $result }
    }
case-about = Bestellt von { $user } in { $channel }
case-delete = Löschen
case-cover = Als Spoiler markieren
case-dismiss = Abweisen
case-direct = Du bekommst das direkt, weil dein Server keinen Protokollkanal hat, in den ich schreiben kann. `/einstellungen` dort nimmt einen; *Details* unter dem Ergebnis löscht oder verdeckt es.
verdict-deleted = 🗑️ Gelöscht von { $user }
verdict-covered = 🫣 Als Spoiler markiert von { $user }
verdict-dismissed = ✅ Abgewiesen von { $user }

# Das Ja der Moderation, bevor andere es sehen
review-asks = -# ⏳ { $user } hat das in { $channel } bestellt. Dort sehen es andere nach einem Ja; ohne eins verfällt es nach einem Tag.
review-approve = Freigeben
review-refuse = Ablehnen
review-answered = { $review ->
        [approved] Freigegeben
        [refused] Abgelehnt
       *[lapsed] Einen Tag lang keine Antwort
    }{ $who ->
        [none] {""}
       *[other] {" "}von { $who }
    }
result-unseen =
    { $user }, { $review ->
        [refused] die Moderation hat dein { $kind ->
            [video] Video
           *[image] Bild
        } nicht freigegeben, deshalb ist es hier nicht zu sehen.
       *[lapsed] die Moderation hat sich dein { $kind ->
            [video] Video
           *[image] Bild
        } einen Tag lang nicht angesehen, deshalb ist es hier nicht zu sehen.
    } Es wurde gemacht und ist berechnet; `/verlauf` bringt es dir weiterhin, dir allein.
state-reviewed = { $review ->
        [asked] 👮 gemacht; wartet auf das Ja der Moderation
        [refused] 🚫 nicht freigegeben
       *[lapsed] ⌛ keine Antwort der Moderation
    }

# Was nicht geht
refusal-result-deleted = Dieses Ergebnis ist schon gelöscht.
refusal-result-not-yours = Das kann nur, wer es bestellt hat, oder die Moderation. Mit *Melden* sagst du es der Moderation.
refusal-covered-already = Es ist schon ein Spoiler.
refusal-uncovered-already = Es ist kein Spoiler.
refusal-report-own = Das ist deins: *Details* löscht es oder markiert es als Spoiler.
refusal-reported-already = Du hast das schon gemeldet; die Moderation weiß Bescheid.
refusal-report-many = Du hast heute schon viel gemeldet. Bitte sprich mit der Moderation.
refusal-case-over = Das ist schon erledigt.
refusal-review-over = Das wurde schon entschieden oder ist vorbei.
refusal-no-result = Das ist kein Ergebnis von mir. Nimm eine Nachricht, in der ich zeige, was gemacht wurde.

# Was die Moderation getan hat, im Audit-Log und im Protokollkanal
act-deleted-result = { $user } hat das Ergebnis von Auftrag { $subject } gelöscht
act-covered-result = { $user } hat das Ergebnis von Auftrag { $subject } als Spoiler markiert
act-uncovered-result = { $user } hat die Spoiler-Markierung vom Ergebnis von Auftrag { $subject } genommen
act-dismissed-reports = { $user } hat die Meldungen zu Auftrag { $subject } abgewiesen
act-approved-result = { $user } hat das Ergebnis von Auftrag { $subject } freigegeben
act-refused-result = { $user } hat das Ergebnis von Auftrag { $subject } abgelehnt
