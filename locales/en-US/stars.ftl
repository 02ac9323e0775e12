# Stars on results, favourites, and the showcase.

name-favourites = favourites
command-favourites = Look through the results that you have starred here
name-showcase = showcase

result-star =
    { $count ->
        [0] ⭐
       *[other] ⭐ { $count }
    }
refusal-star-banned = The people who run this server have switched off stars for you. Please talk to a moderator.

favourites-title = ⭐ Your favourites
favourites-none = Nothing yet. Press ⭐ below a result that you like; you find it here again.
favourites-line =
    { $model } · ⭐ { $count } · { $user } · { $age }
favourites-gone = Its message was deleted.
favourites-unseen = A result in a channel that you cannot see any more.
favourites-remove = Remove
favourites-newer = Newer
favourites-older = Older

history-again = Order one of these again

# The showcase
showcase-line = **{ $model }** · made by { $user } · [see the original]({ $url })
showcase-hide = Take it out of here
showcase-hidden = It leaves the showcase and does not come back. The result itself stays where it is.
refusal-hide-not-yours = Only the person who ordered this, or a moderator, can take it out of the showcase.

# In /settings
settings-section-showcase = Showcase
settings-about-showcase = What so many members have starred appears in this channel, once; the star of whoever ordered it does not count. Covered results, and those of age-restricted channels, appear in an age-restricted channel only; what was made where not everybody can look in stays there.
settings-pick-showcase = Showcase channel (none: no showcase)
settings-pick-stars = How many stars it takes
settings-showcase-hello =
    { $count ->
        [one] ⭐ From now on I show here what at least one member has starred.
       *[other] ⭐ From now on I show here what at least { $count } members have starred.
    }
settings-showcase-lost = ⚠️ I could not post in { $channel } any more: it was deleted, or I may not write there. There is no showcase now; please choose a channel.
refusal-showcase-forum = { $where } is a forum, so nothing has changed. The showcase needs a text channel; please choose one.
rule-stars =
    { $count ->
        [one] one star
       *[other] { $count } stars
    }
act-hidden-result = { $user } took { $subject } out of the showcase

# In the log channel
notice-showcase-lost = ⚠️ I could not post in <#{ $channel }> any more, so there is no showcase now. Whoever manages this server can choose another channel in `/settings`.
notice-best = ⭐ Liked best:
notice-best-line = - ⭐ { $count } · { $model } · { $user } · [see it]({ $url })

# In /privacy
privacy-stars =
    { $count ->
        [0] No stars that you gave.
        [one] The star that you gave to one result.
       *[other] The stars that you gave to { $count } results.
    }
