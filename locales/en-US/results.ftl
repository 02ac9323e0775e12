# What takes a result back: in its details, in reports, before others see it.

result-delete = 🗑️ Delete
result-cover = 🫣 Mark as spoiler
result-uncover = 👁️ No spoiler any more
result-report = 🚩 Report
delete-ask =
    ### Delete this result?
    { $count ->
        [one] Its message with the file, and its card, go for everybody.
       *[other] Its messages with all { $count } files, and its card, go for everybody.
    }{ $left ->
        [yes] {" "}What is not ready yet is cancelled.
       *[no] {""}
    } This cannot be undone.
delete-money = { $cost ->
        [none] It has cost nothing so far.
       *[other] What it cost ({ $cost }) stays charged: it was made.
    }
delete-yes = Delete
delete-keep = Keep it
delete-done = { $messages ->
        [done] 🗑️ Deleted. `/history` keeps a line about it, without the files.
        [later] 🗑️ Deleted. Discord is slow just now; the messages go in a moment.
       *[closed] 🗑️ Deleted for me, but I cannot get at a message of it just now. I keep trying for a day; a moderator can delete it by hand.
    }
covered-done = { $messages ->
        [done] 🫣 The files are spoilers now.
        [later] 🫣 The files become spoilers in a moment; Discord is slow just now.
       *[closed] 🫣 I cannot get at the message just now. I keep trying for a day.
    }
uncovered-done = { $messages ->
        [done] 👁️ The files are no spoilers any more.
        [later] 👁️ The spoilers go in a moment; Discord is slow just now.
       *[closed] 👁️ I cannot get at the message just now. I keep trying for a day.
    }
state-deleted = 🗑️ deleted
lineage-deleted = a result that was deleted
name-menu-delete = Delete this result
name-menu-report = Report this result

# Reports
report-title = Report this result
report-wrong = What is wrong with it?
report-words = In your own words (if you like)
report-done = { $told ->
        [moderators] 🚩 Thank you. The moderators have your report.
        [owner] 🚩 Thank you. This server has no log channel, so I told its owner directly.
        [later] 🚩 Thank you. Discord is slow just now; the moderators get your report in a moment.
       *[nobody] 🚩 I have noted it, but this server has no log channel and I could not reach its owner. Please tell a moderator yourself.
    }
privacy-reports =
    { $count ->
        [one] You have reported one result here.
       *[other] You have reported { $count } results here.
    }
wrong-rules = Against this server's rules
wrong-sexual = Sexual
wrong-violent = Violent or hateful
wrong-person = Shows a real person
wrong-other = Something else
case-title = ### 🚩 { $count ->
        [one] Reported: { $result }
       *[other] Reported by { $count } members: { $result }
    }
case-about = Ordered by { $user } in { $channel }
case-delete = Delete
case-cover = Mark as spoiler
case-dismiss = Dismiss
case-direct = You get this directly because your server has no log channel that I can write in. `/settings` there takes one; *Details* below the result deletes or covers it.
verdict-deleted = 🗑️ Deleted by { $user }
verdict-covered = 🫣 Marked as a spoiler by { $user }
verdict-dismissed = ✅ Dismissed by { $user }

# A moderator's yes before others see it
review-asks = -# ⏳ { $user } ordered this in { $channel }. Others see it there after a yes; without one it lapses after a day.
review-approve = Approve
review-refuse = Refuse
review-answered = { $review ->
        [approved] Approved
        [refused] Refused
       *[lapsed] Nobody answered for a day
    }{ $who ->
        [none] {""}
       *[other] {" "}by { $who }
    }
result-unseen =
    { $user }, { $review ->
        [refused] the moderators did not approve your { $kind ->
            [video] video
           *[image] image
        }, so it is not shown here.
       *[lapsed] no moderator looked at your { $kind ->
            [video] video
           *[image] image
        } for a day, so it is not shown here.
    } It was made and is charged; `/history` still brings it to you alone.
state-reviewed = { $review ->
        [asked] 👮 made; waits for a moderator's yes
        [refused] 🚫 not approved
       *[lapsed] ⌛ no moderator answered
    }

# What cannot be done
refusal-result-deleted = That result is deleted already.
refusal-result-not-yours = Only the person who ordered this, or a moderator, can do that. With *Report* you tell the moderators.
refusal-covered-already = It is a spoiler already.
refusal-uncovered-already = It is no spoiler.
refusal-report-own = This is your own: *Details* deletes it or marks it as a spoiler.
refusal-reported-already = You have reported this already; the moderators know.
refusal-report-many = You have reported a lot today. Please talk to a moderator.
refusal-case-over = That is settled already.
refusal-review-over = That was decided already, or is over.
refusal-no-result = That is no result of mine. Pick a message in which I post what was made.

# What moderators did, in the audit log and the log channel
act-deleted-result = { $user } deleted the result of order { $subject }
act-covered-result = { $user } marked the result of order { $subject } as a spoiler
act-uncovered-result = { $user } took the spoiler mark from the result of order { $subject }
act-dismissed-reports = { $user } dismissed the reports of order { $subject }
act-approved-result = { $user } approved the result of order { $subject }
act-refused-result = { $user } refused the result of order { $subject }
