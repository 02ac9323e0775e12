# Sterne für Ergebnisse, Favoriten und das Schaufenster.

name-favourites = favoriten
command-favourites = Sieh durch, wem du hier einen Stern gegeben hast
name-showcase = schaufenster

result-star =
    { $count ->
        [0] ⭐
       *[other] ⭐ { $count }
    }
refusal-star-banned = Wer diesen Server leitet, hat Sterne für dich abgeschaltet. Bitte sprich mit der Moderation.

favourites-title = ⭐ Deine Favoriten
favourites-none = Noch nichts. Drück ⭐ unter einem Ergebnis, das dir gefällt; dann findest du es hier wieder.
favourites-line =
    { $model } · ⭐ { $count } · { $user } · { $age }
favourites-gone = Die Nachricht dazu wurde gelöscht.
favourites-unseen = Ein Ergebnis in einem Kanal, den du nicht mehr sehen kannst.
favourites-remove = Entfernen
favourites-newer = Neuere
favourites-older = Ältere

history-again = Eines davon noch einmal bestellen

# Das Schaufenster
showcase-line = **{ $model }** · von { $user } · [zum Original]({ $url })
showcase-hide = Hier herausnehmen
showcase-hidden = Es verschwindet aus dem Schaufenster und kommt nicht wieder. Das Ergebnis selbst bleibt, wo es ist.
refusal-hide-not-yours = Nur wer das bestellt hat oder moderiert, kann es aus dem Schaufenster nehmen.

# In /einstellungen
settings-section-showcase = Schaufenster
settings-about-showcase = Was so viele Mitglieder mit einem Stern versehen haben, erscheint in diesem Kanal, einmal; der Stern dessen, der es bestellt hat, zählt nicht. Verdecktes und Ergebnisse aus altersbeschränkten Kanälen erscheinen nur in einem altersbeschränkten; was dort entstand, wo nicht alle hineinsehen, bleibt dort.
settings-pick-showcase = Kanal des Schaufensters (keiner: kein Schaufenster)
settings-pick-stars = Wie viele Sterne es braucht
settings-showcase-hello =
    { $count ->
        [one] ⭐ Ab jetzt zeige ich hier, was mindestens ein Mitglied mit einem Stern versehen hat.
       *[other] ⭐ Ab jetzt zeige ich hier, was mindestens { $count } Mitglieder mit einem Stern versehen haben.
    }
settings-showcase-lost = ⚠️ In { $channel } konnte ich nicht mehr schreiben: Der Kanal ist gelöscht, oder ich darf es nicht. Jetzt gibt es kein Schaufenster; bitte wähle einen Kanal.
refusal-showcase-forum = { $where } ist ein Forum; es hat sich nichts geändert. Das Schaufenster braucht einen Textkanal; bitte wähle einen.
rule-stars =
    { $count ->
        [one] ein Stern
       *[other] { $count } Sterne
    }
act-hidden-result = { $user } hat { $subject } aus dem Schaufenster genommen

# Im Protokollkanal
notice-showcase-lost = ⚠️ In <#{ $channel }> konnte ich nicht mehr schreiben; jetzt gibt es kein Schaufenster. Wer diesen Server verwaltet, kann unter `/einstellungen` einen anderen Kanal wählen.
notice-best = ⭐ Das gefiel am besten:
notice-best-line = - ⭐ { $count } · { $model } · { $user } · [ansehen]({ $url })

# In /datenschutz
privacy-stars =
    { $count ->
        [0] Keine Sterne von dir.
        [one] Der Stern, den du einem Ergebnis gegeben hast.
       *[other] Die Sterne, die du { $count } Ergebnissen gegeben hast.
    }
