# Cards, results, lists.

# The order card
card-title =
    { $kind ->
        [video] { $count ->
            [one] Video
           *[other] { $count } videos
        }
       *[image] { $count ->
            [one] Image
           *[other] { $count } images
        }
    } for { $user }
card-cancel = Cancel
card-cancelling = Cancelling…
card-untold = 📭 I could not post this, and I could not send a direct message either. `/history` brings it by its id: `{ $order }`. I keep trying for a day.
card-footer = Order { $order }

# One line for each result
state-intended = ⏳ waiting to be sent
state-sending = 📤 being sent to Oxen
state-unknown = 🔎 no answer from Oxen; looking whether it was accepted
state-queued = ⏳ in Oxen's queue
state-processing = 🎬 being made, started { $since }
state-succeeded = ✅ ready
state-failed = ❌ failed
state-cancelled = 🚫 cancelled
state-expired = ⌛ expired
state-absent = ❔ never arrived at Oxen
state-cancelling = 🚫 being cancelled
state-retrying = ⏳ Oxen cannot take it right now; trying again { $when }

# Settings in one line
setting-seconds = { $seconds } s
setting-follows = { $word } ({ $shape })
setting-own-shape = own shape ({ $shape })
setting-seed = seed { $seed }
setting-sound = with sound
setting-silent = without sound

# The result message
result-ready =
    { $user }, { $kind ->
        [video] { $count ->
            [one] your video is ready.
           *[other] your { $count } videos are ready.
        }
       *[image] { $count ->
            [one] your image is ready.
           *[other] your { $count } images are ready.
        }
    }
result-partly = { $user }, { $ready ->
        [one] one of { $count } is ready.
       *[other] { $ready } of { $count } are ready.
    }
result-failed =
    { $user }, { $kind ->
        [video] { $count ->
            [one] your video could not be made.
           *[other] your { $count } videos could not be made.
        }
       *[image] { $count ->
            [one] your image could not be made.
           *[other] your { $count } images could not be made.
        }
    }
result-unclear =
    { $user }, { $kind ->
        [video] { $count ->
            [one] I cannot tell what became of your video.
           *[other] I cannot tell what became of your { $count } videos.
        }
       *[image] { $count ->
            [one] I cannot tell what became of your image.
           *[other] I cannot tell what became of your { $count } images.
        }
    }
result-cancelled =
    { $user }, { $kind ->
        [video] { $count ->
            [one] your video was cancelled.
           *[other] your { $count } videos were cancelled.
        }
       *[image] { $count ->
            [one] your image was cancelled.
           *[other] your { $count } images were cancelled.
        }
    }
result-late =
    { $user }, { $kind ->
        [video] { $count ->
            [one] your video is ready after all. It came later than I had hoped.
           *[other] { $count } of your videos are ready after all. They came later than I had hoped.
        }
       *[image] { $count ->
            [one] your image is ready after all. It came later than I had hoped.
           *[other] { $count } of your images are ready after all. They came later than I had hoped.
        }
    }
result-more = { $user }, and here is the rest.
result-cancelled-by = It was cancelled by { $user }.
result-link =
    No. { $ordinal } { $why ->
        [forbidden] cannot be attached, because I may not attach files here:
       *[large] is too large to attach here:
    } [open it]({ $url }). The button gets a fresh link when this one has expired.
result-link-covered =
    No. { $ordinal } { $why ->
        [forbidden] cannot be attached, because I may not attach files here;
       *[large] is too large to attach here;
    } it shows what was covered: ||<{ $url }>||. The button gets a fresh link when this one has expired.
result-original = [the original]({ $url })
result-original-covered = the original, which shows what was covered: ||<{ $url }>||
result-copy =
    No. { $ordinal } is { $copy ->
        [preview] only its beginning, because all of it is too large to attach here. Here is
       *[converted] a copy that plays here; here is
    } { $original }. The button gets a fresh link when this one has expired.
result-rest =
    { $count ->
        [one] And one more: the buttons below or `/history` bring it.
       *[other] And { $count } more: the buttons below or `/history` bring them.
    }
result-kept = No. { $ordinal } is ready, but could not be shown here. In the server, `/history` brings it by its id: `{ $id }`
result-fresh-link = Link to no. { $ordinal }
result-direct = I could not post this in { $channel }, so I am telling you here.
link-fresh = [Here it is]({ $url }). The link lasts for a while; press the button again for a new one.
link-fresh-covered = Here it is. It shows what was covered: ||<{ $url }>||. The link lasts for a while; press the button again for a new one.
result-unfetchable = No. { $ordinal } is ready, but its file could not be fetched. It is in the namespace { $namespace } on Oxen.ai.
again-twice = This may be paid twice: Oxen did not say whether it charged this order, and about { $price } of it may have been charged.
again-twice-unknown = This may be paid twice: Oxen did not say whether it charged this order.
again-surely = Order it again
result-try-again = Try again
result-took = made in { $took }
made-with-ai = Made with AI
result-alt = { $kind ->
        [video] Video
       *[image] Image
    } no. { $ordinal }, made with AI by { $model }:
result-again = 🔁 Again
result-vary = 🎨 Vary
result-edit-prompt = ✏️ Edit prompt
vary-how = How much may change
vary-little = A little: go on from this picture
vary-much = A lot: make a new one from the words
result-animate = 🎬 Animate
result-extend = ⏩ Extend
result-upscale = 🔍 Upscale
result-use = 📥 Use as input
result-details = ℹ️ Details
lineage-from = ⬆️ Made from { $orders }
lineage-children = ⬇️ Made of it: { $orders }
lineage-more = … and { $count } more
result-footer = Order { $order }/{ $part }

# Why a generation has no result
reason-provider = Oxen says: { $detail }
reason-provider-silent = Oxen gave no reason. Nothing was delivered; please try again.
reason-prompt-refused = Oxen's moderation refused the prompt. Nothing was charged. Put it differently with *Edit prompt*.
reason-no-credit = The namespace { $namespace } has no credit left. Someone who manages this server can top it up on Oxen.ai.
reason-no-credit-own = The account that pays for this server has no credit left. The owner of this bot has to top it up; nothing was charged.
reason-rejected = Oxen did not accept the order, and nothing was charged: { $detail }
reason-key-refused = Oxen did not accept the bot's key for the namespace { $namespace }. The owner of the bot has to look into it; nothing was ordered.
reason-key-unusable = Oxen does not accept this server's own key, so nothing was ordered. Someone who manages this server can enter another one in the settings.
reason-key-lost = This server's own key stopped working while this was made, so I cannot see what became of it. If it was made, it is in the namespace { $namespace } on Oxen.ai.
reason-settings-refused = This model has changed and does not take these settings any more, so nothing was sent or charged. Please order it anew.
reason-input-refused = A file of this order could not be used. Order again with another file, or with the same one in another size, or saved as PNG, JPEG, MP4 or MP3. Oxen says: { $detail }
reason-input-gone = The file you attached was deleted before it was its turn, so nothing was ordered. Please attach it again.
reason-input-unreachable = Discord did not hand out the file you attached, so nothing was ordered. Please try again later.
reason-budget = Something before it cost more than was set aside for it, and this server's budget is used up. So this was not ordered, and costs nothing.
reason-unreachable = Oxen could not be reached, so nothing was ordered. Please try again later.
reason-lost = It left Oxen's queue, and Oxen does not say what became of it. It may have been made and charged: if so, it is in the namespace { $namespace } on Oxen.ai. Look there before you order it again.
reason-expired = Oxen had nothing to show for it within 24 hours. Should it come after all, I will post it here.
reason-absent = The connection broke while it was ordered, and Oxen does not know the order: most likely it was never made. Should it turn up after all, I will post it here.
reason-forgotten = The connection broke while it was ordered, and Oxen does not say what became of it. If it was made, it is in the namespace { $namespace } on Oxen.ai; look there before you order it again.
reason-short = Oxen accepted fewer than were ordered. The missing ones were not charged; you can order them again.
namespace-own = of the bot's owner
namespace-key = of this server's key

# /queue
queue-title =
    { $scope ->
        [mine] Your orders
       *[server] Orders in this server
    }
queue-empty =
    { $scope ->
        [mine] You have nothing in the queue. `/video` or `/image` orders something.
       *[server] The queue is empty. `/video` or `/image` orders something.
    }
queue-line = **{ $position }.** { $kind ->
        [video] 🎬
       *[image] 🖼️
    } { $link } · { $model } · { $states } · { $age } · { $user }
queue-state = { $count ->
        [one] { $state }
       *[other] { $count } × { $state }
    }

# /cancel
cancel-asked =
    { $count ->
        [one] Cancelling. The card shows how it ends; if it was nearly done, it may still arrive.
       *[other] Cancelling { $count }. The card shows how they end; what was nearly done may still arrive.
    }
cancel-choice = { $ordinal }/{ $count } · { $prompt }
cancel-choice-all = All { $count } · { $prompt }

# /about
about =
    ### Drover
    I order videos and images from Oxen.ai and post them here when they are ready, usually after a few minutes. You may close Discord meanwhile.
    - `/video` and `/image` order something, with any of { $models } models, for example `/video` **prompt:** a fox in the snow
    - Below each result: the same *Again*, *Vary* it, *Animate* or *Upscale* it, *Details*
    - Right click on a picture or a video, *Apps*: animate, edit, extend, upscale
    - `/models` shows what each model takes and costs, `/storyboard` makes a video of several shots
    - `/compare` gives one prompt to several models, `/style save` keeps words and pictures for later, `/favourites` shows what you starred
    - `/queue` shows what is being made, `/cancel` stops what is yours, `/history` brings back what was made
    - `/limits` shows what you may still order, `/usage` what was spent
    - `/privacy` shows what I keep about you
    - `/settings` is for those who manage this server
    { $pays }
    -# Drover { $version }
about-pays = Orders are billed to this server's Oxen.ai namespace **{ $namespace }**.
about-owner-pays = The owner of this bot pays for the orders.
about-own-key-pays = Orders are billed to this server's own Oxen.ai account.
about-nobody-pays = Nobody pays for orders here yet; someone who manages this server can settle that with `/setup`.

# Errors
error-unexpected = Something went wrong on my side. If you were ordering and a card is here, the order stands; otherwise nothing was ordered. Please try again.

# Rights in a channel
right-view_channel = see this channel
right-send_messages = send messages
right-send_messages_in_threads = send messages in threads
right-attach_files = attach files
right-read_message_history = read the message history
right-connect = connect to this channel
right-manage_threads = manage threads (this one is locked)

# In a prompt, where Discord has an id and no name is at hand
markup-someone = someone
markup-group = a group
markup-channel = a channel
markup-message = a message
markup-file = a file
markup-link = a link
markup-date = a date
markup-guide = the server guide
markup-sound = a sound
