// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Testing

@testable import RLSPostgres

/// Passwords never reach logs or error texts.
struct SecretsTests {
    @Test(arguments: [
        "host=db.example.org user=rls password='s3 cret' dbname=opensips",
        "postgres://rls:s3%20cret@db.example.org:5433/opensips",
        "postgresql://db.example.org/opensips?user=rls&password=s3%20cret",
    ])
    func descriptionsHoldHostAndUserButNoPassword(_ string: String) throws {
        let configuration = try PostgresStoreConfiguration(string)
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, configuration.info.description] {
            #expect(!text.contains("s3"))
        }
        #expect(configuration.info.description.contains("host=db.example.org"))
        #expect(configuration.info.description.contains("user=rls"))
        #expect(configuration.info.redacted("password \"s3 cret\" is wrong\n") == "password \"***\" is wrong")
    }

    @Test(arguments: ["host=x passwrd=s3cret", "postgres://u:s3cret@[::1", "=s3cret", "password=s3cret\0"])
    func connectionStringThatCannotBeReadIsNotRepeated(_ string: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresStoreConfiguration(string) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test func serverThatRefusesUsIsNamedWithoutPassword() async throws {
        guard TestCluster.isRequired else { return }
        let database = try TestDatabase()
        let store = PostgresStore(
            try PostgresStoreConfiguration(database.cluster.connectionString("nowhere") + " password=s3cret")
        )
        let error = await #expect(throws: PostgresError.self) { try await store.verify() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("\"nowhere\" does not exist") == true)
        #expect(error?.message.contains("s3cret") == false)
    }
}
#endif
