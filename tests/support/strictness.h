#pragma once

#include <QtTest>

#include <algorithm>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/engine_under_test.h"

namespace signalbox::test {

/// Records every byte it receives, and answers each whole request with 200 and "ok". Bytes are final after stop().
class ByteRecorder {
public:
    ByteRecorder() : m_backend([this](BackendConnection& connection) { serve(connection.fd()); }) {}

    [[nodiscard]] const Endpoint& address() const noexcept { return m_backend.address(); }
    void stop() { m_backend.stop(); }
    /// All connections' bytes in the order of their first ones.
    [[nodiscard]] std::string bytes() const
    {
        std::string out;
        for (const std::string& one : m_bytes) {
            out += one;
        }
        return out;
    }

private:
    void serve(int fd)
    {
        std::string in;
        std::size_t at = 0;  // of the request that is not answered yet
        bool continued = false;
        std::string* record = nullptr;
        char buffer[16 * 1024];
        for (;;) {
            const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
            if (got <= 0) {
                return;
            }
            {
                const std::lock_guard lock(m_mutex);
                record = record ? record : &m_bytes.emplace_back();
                record->append(buffer, static_cast<std::size_t>(got));
            }
            in.append(buffer, static_cast<std::size_t>(got));
            for (;;) {
                const std::size_t headEnd = in.find("\r\n\r\n", at);
                if (headEnd == std::string::npos) {
                    break;
                }
                const std::string head = in.substr(at, headEnd + 4 - at);
                if (!continued && head.find("\r\nExpect: 100-continue\r\n") != std::string::npos) {
                    continued = true;
                    reply(fd, "HTTP/1.1 100 Continue\r\n\r\n");
                }
                const std::size_t end = endOfBody(in, headEnd + 4, head);
                if (end == std::string::npos) {
                    break;
                }
                at = end;
                continued = false;
                reply(fd, head.starts_with("HEAD ") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                                                    : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        }
    }
    static void reply(int fd, std::string_view text) { (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }
    static std::size_t endOfBody(const std::string& in, std::size_t at, const std::string& head)
    {
        if (const std::size_t line = head.find("\r\nContent-Length: "); line != std::string::npos) {
            const std::size_t end = at + std::stoul(head.substr(line + 18));
            return end <= in.size() ? end : std::string::npos;
        }
        if (head.find("\r\nTransfer-Encoding: chunked\r\n") == std::string::npos) {
            return at;
        }
        for (;;) {
            const std::size_t line = in.find("\r\n", at);
            if (line == std::string::npos) {
                return line;
            }
            const std::size_t size = std::stoul(in.substr(at, line - at), nullptr, 16);
            at = line + 2;
            if (size == 0) {
                break;
            }
            if (in.size() < at + size + 2) {
                return std::string::npos;
            }
            at += size + 2;
        }
        while (in.compare(at, 2, "\r\n") != 0) {
            const std::size_t line = in.find("\r\n", at);
            if (line == std::string::npos) {
                return line;
            }
            at = line + 2;
        }
        return at + 2;
    }

    std::mutex m_mutex;
    std::list<std::string> m_bytes;
    ScriptedBackend m_backend;  // last: its threads end before what they write to
};

/// One case: what a client sends, what it must get, and exactly what the backend may see of it.
struct StrictRow {
    const char* name;
    std::string sends;
    /// Statuses in order, "400!" for an answer behind which the connection is closed. Without a "!" the connection must
    /// serve another request.
    std::string answers;
    std::string backend = {};  ///< every byte the backend gets; empty: none
    std::string cause = {};    ///< stands in the detail of our own last answer
    bool atMost = false;       ///< the backend gets no more than a beginning of `backend`, never its last byte
};

/// A head as it is sent on: `lines` with their CR LF stand between Host and what the proxy adds, `behind` after that.
inline std::string forwarded(const std::string& requestLine, const std::string& host = "s",
                             const std::string& lines = {}, const std::string& behind = {},
                             const std::string& forwardedFor = "127.0.0.1")
{
    return requestLine + " HTTP/1.1\r\nHost: " + host + "\r\n" + lines + "X-Forwarded-For: " + forwardedFor +
           "\r\nX-Forwarded-Proto: http\r\n" + (host.empty() ? "" : "X-Forwarded-Host: " + host + "\r\n") +
           "Via: 1.1 signalbox\r\n" + behind + "\r\n";
}

inline std::string forwardedChunks(const std::string& requestLine, const std::string& chunks,
                                   const std::string& lines = {})
{
    return forwarded(requestLine, "s", lines, "Transfer-Encoding: chunked\r\n") + chunks;
}

/// A chunked message with its data in one piece, since where a body is cut depends on how it arrives; "(end)" stands for
/// a last chunk. Other messages, and a beginning of a head, are left as they are.
inline QByteArray withoutChunkHeads(const QByteArray& message)
{
    qsizetype at = message.indexOf("\r\n\r\n") + 4;
    if (at < 4 || !message.left(at).contains("Transfer-Encoding: chunked\r\n")) {
        return message;
    }
    QByteArray out = message.left(at);
    while (at < message.size()) {
        const qsizetype line = message.indexOf("\r\n", at);
        if (line < 0) {
            break;
        }
        const qsizetype size = message.mid(at, line - at).toLongLong(nullptr, 16);
        if (size == 0) {
            return out + "(end)";
        }
        out += message.mid(line + 2, size);
        at = line + 2 + size + 2;
    }
    return out;
}

enum class Pieces { Whole, Single };

/// What came of a row, in words that a test compares.
struct StrictOutcome {
    QString answers;
    QString detail;
    QByteArray backend;
    bool allOwnAreProblems = true;
};

/// Plays the client of a row against a fresh engine over one recording backend.
class StrictRun {
public:
    explicit StrictRun(const std::function<void(plan::ListenerPlan&)>& adjust = {})
    {
        HandMadePlan made = m_test.newPlan();
        plan::ListenerPlan& listener = made.loadBalancer("lb", made.pool("service", {{"b1", m_backend.address()}}));
        if (adjust) {
            adjust(listener);
        }
        m_test.publish(made);
    }

    [[nodiscard]] Endpoint address() const { return m_test.address(); }

    StrictOutcome play(const StrictRow& row, Pieces pieces)
    {
        StrictOutcome out;
        {
            RawClient client(m_test.address());
            send(client, row.sends, pieces);
            const auto expected = QString::fromStdString(row.answers).split(QLatin1Char(' '), Qt::SkipEmptyParts);
            QStringList got;
            bool closes = false;
            for (const QString& token : expected) {
                const RawClient::Answer answer = client.read(answersHead(row.sends, got.size()));
                closes = answer.has("Connection: close\r\n");
                got += QString::number(answer.status);
                if (answer.has("application/problem+json")) {
                    out.detail = QString::fromStdString(answer.body);
                } else if (answer.status >= 400) {
                    out.allOwnAreProblems = false;
                }
                if (token.endsWith(QLatin1Char('!'))) {
                    got.last() += closes && client.waitForEnd() && client.unread().empty() ? QLatin1Char('!') : QLatin1Char('?');
                }
            }
            if (!row.answers.ends_with('!')) {
                const int status = closes ? 0 : client.request("GET /open HTTP/1.1\r\nHost: open\r\n\r\n").status;
                got += status == 200 ? QString() : QStringLiteral("not open");
            }
            out.answers = got.join(QLatin1Char(' ')).trimmed();
        }
        m_test.engine.reset();
        m_backend.stop();
        out.backend = QByteArray::fromStdString(m_backend.bytes());
        const QByteArray open = QByteArray::fromStdString(forwarded("GET /open", "open"));
        if (out.backend.endsWith(open)) {
            out.backend.chop(open.size());
        }
        return out;
    }

private:
    static void send(RawClient& client, const std::string& bytes, Pieces pieces)
    {
        if (pieces == Pieces::Whole) {
            client.send(bytes);
            return;
        }
        const int on = 1;
        ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        for (const char c : bytes) {
            if (!client.send({&c, 1})) {
                return;
            }
        }
    }
    static bool answersHead(const std::string& sends, qsizetype answered)
    {
        return answered == 0 && sends.starts_with("HEAD ");
    }

    ByteRecorder m_backend;
    EngineUnderTest m_test;
};

/// The body of a data-driven test: each row whole and byte by byte.
inline void checkStrictRow(const StrictRow& row, const std::function<void(plan::ListenerPlan&)>& adjust = {})
{
    for (const Pieces pieces : {Pieces::Whole, Pieces::Single}) {
        if (pieces == Pieces::Single && row.sends.size() > 2000) {
            continue;
        }
        StrictRun run(adjust);
        std::string backend = row.backend;
        if (const std::size_t at = backend.find("LISTENER"); at != std::string::npos) {
            backend.replace(at, 8, run.address().text());
        }
        const StrictOutcome out = run.play(row, pieces);
        QCOMPARE(out.answers, QString::fromStdString(row.answers));
        QVERIFY2(out.detail.contains(QString::fromStdString(row.cause)), qPrintable(out.detail));
        QVERIFY(out.allOwnAreProblems);
        const QByteArray expected = QByteArray::fromStdString(backend);
        if (row.atMost) {
            const QByteArray whole = withoutChunkHeads(expected);
            const QByteArray got = withoutChunkHeads(out.backend);
            QVERIFY2(whole.startsWith(got) && got.size() < whole.size(), out.backend.constData());
        } else if (pieces == Pieces::Whole || !expected.contains("Transfer-Encoding: chunked")) {
            QCOMPARE(out.backend, expected);  // chunks are cut anew where they arrive in pieces
        }
    }
}

/// A request of one line and header lines.
inline std::string req(const std::string& requestLine, const std::string& lines = {}, const std::string& body = {})
{
    return requestLine + " HTTP/1.1\r\nHost: s\r\n" + lines + "\r\n" + body;
}

inline void addStrictRows(const std::vector<StrictRow>& rows)
{
    QTest::addColumn<int>("row");
    for (std::size_t at = 0; at < rows.size(); ++at) {
        QTest::newRow(rows[at].name) << static_cast<int>(at);
    }
}

}  // namespace signalbox::test
